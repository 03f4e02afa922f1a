#!/bin/bash
# Records examples/*/traffic.pcap: real programs talk between two network namespaces, tcpdump listens in between.
# Needs root, iproute2, tcpdump, ethtool, iputils-ping, curl, dig (bind9-dnsutils), openssl and python3.
# No interface but a veth pair of its own is touched, and everything is gone at the end.
set -eu
cd "$(dirname "$0")/.."

CLIENT=bpfrun-client
SERVER=bpfrun-server
WORK=$(mktemp -d)
PIDS=()
CAPTURE=

client() { ip netns exec $CLIENT "$@"; }
server() { ip netns exec $SERVER "$@"; }
quiet() { "$@" >/dev/null 2>&1 || true; }
background() { "$@" >/dev/null 2>&1 & PIDS+=($!); } # give it a command, not a function: $! must be the program

cleanup() {
  for pid in "${PIDS[@]}" $CAPTURE; do kill "$pid" 2>/dev/null || true; done
  ip netns del $CLIENT 2>/dev/null || true
  ip netns del $SERVER 2>/dev/null || true
  rm -rf "$WORK"
}
trap cleanup EXIT

# --- two hosts and a cable -----------------------------------------------------------------------
ip netns add $CLIENT
ip netns add $SERVER
ip link add c0 netns $CLIENT address 02:00:00:00:01:0a type veth peer name s0 netns $SERVER address 02:00:00:00:02:05
# Without offloads every frame on the wire is one packet with its real checksum.
for end in "$CLIENT c0" "$SERVER s0"; do
  set -- $end
  ip netns exec "$1" ethtool -K "$2" tx off rx off tso off gso off gro off sg off >/dev/null 2>&1 || true
  ip netns exec "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf."$2".accept_dad=0
  ip netns exec "$1" sysctl -qw net.ipv6.conf."$2".router_solicitations=0 net.ipv4.ip_nonlocal_bind=1
  ip netns exec "$1" ip link set lo up
  ip netns exec "$1" ip link set "$2" up
done
for address in 192.168.1.10/24 192.168.1.11/24 198.18.5.66/24 100.64.0.{1..8}/24; do client ip addr add "$address" dev c0; done
for address in 2001:db8:1::10/64 2001:db8:bad::66/64 2001:db8:1::{21,22,23,24}/64; do
  client ip addr add "$address" dev c0 nodad
done
for address in 203.0.113.5/24 192.0.2.80/32; do server ip addr add "$address" dev s0; done
for address in 2001:db8:2::5/64 2001:db8:80::1/128; do server ip addr add "$address" dev s0 nodad; done
for prefix in 203.0.113.0/24 192.0.2.80/32; do client ip route add "$prefix" dev c0 src 192.168.1.10; done
for prefix in 2001:db8:2::/64 2001:db8:80::1/128; do client ip route add "$prefix" dev c0 src 2001:db8:1::10; done
for prefix in 192.168.1.0/24 198.18.5.0/24 100.64.0.0/24; do server ip route add "$prefix" dev s0 src 203.0.113.5; done
for prefix in 2001:db8:1::/64 2001:db8:bad::/64; do server ip route add "$prefix" dev s0 src 2001:db8:2::5; done

# --- a VLAN on the cable -------------------------------------------------------------------------
# Kernels without 802.1Q get it from a few lines that move frames between a tap device and the cable.
cat >"$WORK/vlan.py" <<'PYTHON'
import fcntl, os, select, socket, struct, sys
cable, tap, vid, mac = sys.argv[1], sys.argv[2], int(sys.argv[3]), bytes.fromhex(sys.argv[4])
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH', tap.encode(), 0x1002))
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((cable, 0))
wire.setsockopt(263, 8, 1)
while True:
    ready, _, _ = select.select([tun, wire], [], [])
    if tun in ready:
        frame = os.read(tun, 4096)
        wire.send(frame[:12] + struct.pack('!HH', 0x8100, vid) + frame[12:])
    if wire in ready:
        frame, extra, _, origin = wire.recvmsg(4096, 256)
        if origin[2] == 4:
            continue
        for level, kind, data in extra:
            status, _, _, _, _, tci = struct.unpack('IIIHHH', data[:18])
            if level == 263 and kind == 8 and status & 16 and tci & 0xfff == vid:
                if frame[:6] == mac or frame[0] & 1:
                    os.write(tun, frame)
PYTHON
if client ip link add link c0 name vlan100 type vlan id 100 2>/dev/null; then
  server ip link add link s0 name vlan100 type vlan id 100
else
  background ip netns exec $CLIENT python3 "$WORK/vlan.py" c0 vlan100 100 0200000064aa
  background ip netns exec $SERVER python3 "$WORK/vlan.py" s0 vlan100 100 0200000064bb
  sleep 0.5
fi
client ip link set vlan100 address 02:00:00:00:64:aa up
server ip link set vlan100 address 02:00:00:00:64:bb up
client sysctl -qw net.ipv6.conf.vlan100.disable_ipv6=1
server sysctl -qw net.ipv6.conf.vlan100.disable_ipv6=1
client ip addr add 10.100.0.1/24 dev vlan100
server ip addr add 10.100.0.2/24 dev vlan100

# --- services ------------------------------------------------------------------------------------
mkdir "$WORK/www"
echo '<!doctype html><title>bpfrun</title><p>Hello from the other namespace.' >"$WORK/www/index.html"
python3 -c 'import sys; sys.stdout.write("".join("line %05d of a longer file\n" % i for i in range(1100)))' >"$WORK/www/long.txt"
cat >"$WORK/webserver.py" <<'PYTHON'
import http.server, socket, sys
class Dual(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()
Dual(('::', 80), lambda *a: http.server.SimpleHTTPRequestHandler(*a, directory=sys.argv[1])).serve_forever()
PYTHON
cat >"$WORK/dns.py" <<'PYTHON'
import socket, struct, threading
def answer(query):
    end = query.index(b'\0', 12) + 5
    kind = struct.unpack('!H', query[end - 4:end - 2])[0]
    data = {1: socket.inet_aton('203.0.113.5'), 28: socket.inet_pton(socket.AF_INET6, '2001:db8:2::5'), 16: b'\x06bpfrun'}.get(kind)
    head = query[:2] + struct.pack('!HHHHH', 0x8580 if data else 0x8583, 1, 1 if data else 0, 0, 0)
    record = b'\xc0\x0c' + struct.pack('!HHIH', kind, 1, 60, len(data)) + data if data else b''
    return head + query[12:end] + record
def tcp():
    listener = socket.create_server(('::', 53), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        peer, _ = listener.accept()
        size = struct.unpack('!H', peer.recv(2))[0]
        reply = answer(peer.recv(size))
        peer.sendall(struct.pack('!H', len(reply)) + reply)
        peer.close()
threading.Thread(target=tcp, daemon=True).start()
# One socket an address, so that an answer leaves from where the question went.
def udp(family, address):
    listener = socket.socket(family, socket.SOCK_DGRAM)
    listener.bind((address, 53))
    while True:
        query, peer = listener.recvfrom(2048)
        listener.sendto(answer(query), peer)
for address in '203.0.113.5', '192.0.2.80', '10.100.0.2':
    threading.Thread(target=udp, args=(socket.AF_INET, address), daemon=True).start()
for address in '2001:db8:2::5', '2001:db8:80::1':
    threading.Thread(target=udp, args=(socket.AF_INET6, address), daemon=True).start()
threading.Event().wait()
PYTHON
background ip netns exec $SERVER python3 "$WORK/webserver.py" "$WORK/www"
background ip netns exec $SERVER python3 "$WORK/dns.py"
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=bpfrun -days 2 \
  -keyout "$WORK/key.pem" -out "$WORK/cert.pem"
background ip netns exec $SERVER openssl s_server -quiet -accept 443 -key "$WORK/key.pem" -cert "$WORK/cert.pem" -www
sleep 1

# --- what people do ------------------------------------------------------------------------------
web() { quiet client curl -s -m 5 -o /dev/null "$@"; }
name() { quiet client dig +tries=1 +time=1 "$@"; }
tls() { quiet client timeout 3 curl -sk -m 3 -o /dev/null "$@"; }
echo4() { quiet client ping -n -W 1 "$@"; }
echo6() { quiet client ping -6 -n -W 1 "$@"; }
closed_port() { quiet client python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.sendto(b"anybody there?", (sys.argv[1], 33434))
' "$1"; }
unchecked_udp() { quiet client python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 11, 1)
s.sendto(bytes.fromhex("123401000001000000000000") + b"\6bpfrun\4test\0\0\1\0\1", (sys.argv[1], 53))
s.settimeout(1)
s.recv(512)
' "$1"; }
# A queue shorter than TCP's window loses segments; the retransmissions are in the capture.
lossy() {
  server tc qdisc add dev s0 root tbf rate 6mbit burst 2000 limit 6000
  "$@"
  server tc qdisc del dev s0 root
}

record() { # FILE, then tcpdump's options
  local file=$1
  shift
  ip netns exec $SERVER tcpdump -Z root -i s0 -w "$file" -U "$@" >/dev/null 2>&1 &
  CAPTURE=$!
  sleep 1
  client ip neigh flush all
  server ip neigh flush all
}
finish() {
  sleep 1
  kill -TERM $CAPTURE
  wait $CAPTURE || true
  CAPTURE=
}

record examples/xdp-firewall/traffic.pcap --time-stamp-precision=nano
echo4 -c 3 -i 0.2 203.0.113.5
echo6 -c 3 -i 0.2 2001:db8:2::5
web http://203.0.113.5/
web http://[2001:db8:2::5]/
name @203.0.113.5 bpfrun.test A
name @2001:db8:2::5 bpfrun.test AAAA
name +tcp @203.0.113.5 bpfrun.test TXT
tls https://203.0.113.5/
closed_port 203.0.113.5
closed_port 2001:db8:2::5
web http://203.0.113.5:81/
echo4 -c 1 -s 4000 203.0.113.5
echo6 -c 1 -s 4000 2001:db8:2::5
echo4 -c 2 -i 0.2 10.100.0.2
web http://10.100.0.2/
name @10.100.0.2 bpfrun.test A
echo4 -c 3 -i 0.2 -I 198.18.5.66 203.0.113.5
web --interface 198.18.5.66 http://203.0.113.5/
echo6 -c 3 -i 0.2 -I 2001:db8:bad::66 2001:db8:2::5
echo4 -c 80 -i 0.002 -s 8 -I 192.168.1.11 203.0.113.5
lossy web http://203.0.113.5/long.txt
finish

record examples/xdp-load-balancer/traffic.pcap -Q in
for host in 1 2 3 4 5 6 7 8; do web --interface 100.64.0.$host http://192.0.2.80/; done
for host in 21 22 23 24; do web --interface 2001:db8:1::$host http://[2001:db8:80::1]/; done
name -b 100.64.0.3 @192.0.2.80 bpfrun.test A
name -b 100.64.0.4 @192.0.2.80 bpfrun.test AAAA
name -b 2001:db8:1::22 @2001:db8:80::1 bpfrun.test A
tls --interface 100.64.0.5 https://192.0.2.80/
echo4 -c 2 -i 0.2 192.0.2.80
echo6 -c 2 -i 0.2 2001:db8:80::1
echo4 -c 1 -s 3000 192.0.2.80
lossy web --interface 100.64.0.6 http://192.0.2.80/long.txt
web --interface 2001:db8:1::21 http://[2001:db8:80::1]/long.txt
web http://203.0.113.5/
finish

record examples/tc-nat-gateway/traffic.pcap
echo4 -c 3 -i 0.2 203.0.113.5
echo4 -c 2 -i 0.2 -I 192.168.1.11 203.0.113.5
web http://203.0.113.5/
web --interface 192.168.1.11 http://203.0.113.5/
name @203.0.113.5 bpfrun.test A
name -b 192.168.1.11 @203.0.113.5 bpfrun.test AAAA
unchecked_udp 203.0.113.5
tls https://203.0.113.5/
closed_port 203.0.113.5
echo4 -c 1 -s 3000 203.0.113.5
web http://[2001:db8:2::5]/
lossy web http://203.0.113.5/long.txt
name +tcp -b 192.168.1.11 @203.0.113.5 bpfrun.test TXT
finish

for file in examples/*/traffic.pcap; do
  echo "$file: $(tcpdump -r "$file" 2>/dev/null | wc -l) packets, $(stat -c %s "$file") bytes"
done
