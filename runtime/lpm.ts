/** BPF_MAP_TYPE_LPM_TRIE: a path-compressed binary trie; an intermediate node has two children and no value. */
import {
  LPM_CHILD,
  LPM_COUNT,
  LPM_DATA,
  LPM_FREE,
  LPM_FRESH,
  LPM_INTERMEDIATE,
  LPM_NODE_SIZE,
  LPM_NODES_END,
  LPM_PREFIXLEN,
  LPM_ROOT,
  LPM_VALUE_OFF,
  MAP_KEY_SIZE,
  MAP_MAX_ENTRIES,
} from '../src/maps/layout';
import { BPF_EXIST, BPF_NOEXIST, EEXIST, EINVAL, ENOENT, ENOSPC } from './errno';
import { copyValue, field, openValues } from './map-value';
import { copy } from './memory';

/** Where the data of a key in the program's layout begins. */
// @ts-ignore: decorator
@inline
const KEY_DATA: u32 = 4;

// @ts-ignore: decorator
@inline
function maxPrefix(map: u32): u32 {
  return (field(map, MAP_KEY_SIZE) - KEY_DATA) << 3;
}

/** Bit `index` of data, the first one being the top bit of the first byte. */
// @ts-ignore: decorator
@inline
function bit(data: u32, index: u32): u32 {
  return (<u32>load<u8>(data + (index >> 3)) >> (7 - (index & 7))) & 1;
}

// @ts-ignore: decorator
@inline
function child(node: u32, side: u32): u32 {
  return load<u32>(node + (side << 2), LPM_CHILD);
}

/** Leading bits that node and key have in common, at most the shorter one's prefixlen. */
// @ts-ignore: decorator
@inline
function commonBits(map: u32, node: u32, key: u32): u32 {
  const limit = min<u32>(load<u32>(node, LPM_PREFIXLEN), load<u32>(key));
  const size = field(map, MAP_KEY_SIZE) - KEY_DATA;
  let at: u32 = 0;
  while (at + 4 <= size) {
    if (at << 3 >= limit) return limit;
    const diff = load<u32>(node + at, LPM_DATA) ^ load<u32>(key + at, KEY_DATA);
    if (diff != 0) return min<u32>(limit, (at << 3) + clz<u32>(bswap<u32>(diff)));
    at += 4;
  }
  while (at < size) {
    if (at << 3 >= limit) return limit;
    const diff = <u32>load<u8>(node + at, LPM_DATA) ^ <u32>load<u8>(key + at, KEY_DATA);
    if (diff != 0) return min<u32>(limit, (at << 3) + clz<u32>(diff) - 24);
    at++;
  }
  return limit;
}

export function lpm_lookup(map: u32, key: u32): u32 {
  const longest = maxPrefix(map);
  if (load<u32>(key) > longest) return 0;
  let node = field(map, LPM_ROOT);
  let found: u32 = 0;
  while (node != 0) {
    const length = load<u32>(node, LPM_PREFIXLEN);
    const common = commonBits(map, node, key);
    if (common < length) break;
    if (load<u32>(node, LPM_INTERMEDIATE) == 0) found = node;
    if (length == longest) break;
    node = child(node, bit(key + KEY_DATA, length));
  }
  return found == 0 ? 0 : found + field(map, LPM_VALUE_OFF);
}

/** There are two nodes for each element, so that a split and a replacement always find theirs. */
function takeNode(map: u32): u32 {
  const free = field(map, LPM_FREE);
  if (free != 0) {
    store<u32>(map, child(free, 0), LPM_FREE);
    return free;
  }
  const node = field(map, LPM_FRESH);
  store<u32>(map, node + field(map, LPM_NODE_SIZE), LPM_FRESH);
  openValues(map, node + field(map, LPM_VALUE_OFF));
  return node;
}

function giveNode(map: u32, node: u32): void {
  store<u32>(node, field(map, LPM_FREE), LPM_CHILD);
  store<u32>(map, node, LPM_FREE);
}

function newNode(map: u32, keyData: u32, prefixlen: u32, intermediate: u32): u32 {
  const node = takeNode(map);
  store<u64>(node, 0, LPM_CHILD);
  store<u32>(node, intermediate, LPM_INTERMEDIATE);
  store<u32>(node, prefixlen, LPM_PREFIXLEN);
  copy(node + LPM_DATA, keyData, field(map, MAP_KEY_SIZE) - KEY_DATA);
  return node;
}

function countNew(map: u32, flags: u64): i32 {
  if (flags == BPF_EXIST) return ENOENT;
  const count = field(map, LPM_COUNT);
  if (count == field(map, MAP_MAX_ENTRIES)) return ENOSPC;
  store<u32>(map, count + 1, LPM_COUNT);
  return 0;
}

export function lpm_update(map: u32, key: u32, value: u32, flags: u64): i32 {
  if (flags > BPF_EXIST) return EINVAL;
  const length = load<u32>(key);
  if (length > maxPrefix(map)) return EINVAL;
  let slot = map + LPM_ROOT;
  let node = load<u32>(slot);
  let common: u32 = 0;
  while (node != 0) {
    common = commonBits(map, node, key);
    const nodeLength = load<u32>(node, LPM_PREFIXLEN);
    if (nodeLength != common || nodeLength == length) break;
    slot = node + LPM_CHILD + (bit(key + KEY_DATA, nodeLength) << 2);
    node = load<u32>(slot);
  }
  const exact = node != 0 && load<u32>(node, LPM_PREFIXLEN) == common;
  if (exact && load<u32>(node, LPM_INTERMEDIATE) == 0) {
    if (flags == BPF_NOEXIST) return EEXIST;
  } else {
    const errno = countNew(map, flags);
    if (errno) return errno;
  }
  const fresh = newNode(map, key + KEY_DATA, length, 0);
  copyValue(map, fresh + field(map, LPM_VALUE_OFF), value);
  if (node == 0) store<u32>(slot, fresh);
  else if (exact) {
    store<u64>(fresh, load<u64>(node, LPM_CHILD), LPM_CHILD);
    store<u32>(slot, fresh);
    giveNode(map, node);
  } else if (common == length) {
    store<u32>(fresh + (bit(node + LPM_DATA, common) << 2), node, LPM_CHILD);
    store<u32>(slot, fresh);
  } else {
    const fork = newNode(map, node + LPM_DATA, common, 1);
    const side = bit(key + KEY_DATA, common);
    store<u32>(fork + (side << 2), fresh, LPM_CHILD);
    store<u32>(fork + ((side ^ 1) << 2), node, LPM_CHILD);
    store<u32>(slot, fork);
  }
  return 0;
}

export function lpm_delete(map: u32, key: u32): i32 {
  const length = load<u32>(key);
  if (length > maxPrefix(map)) return EINVAL;
  // slots: where the node hangs, and where its parent hangs
  let slot = map + LPM_ROOT;
  let parentSlot: u32 = 0;
  let node = load<u32>(slot);
  while (node != 0) {
    const nodeLength = load<u32>(node, LPM_PREFIXLEN);
    if (commonBits(map, node, key) != nodeLength) return ENOENT;
    if (nodeLength == length) break;
    parentSlot = slot;
    slot = node + LPM_CHILD + (bit(key + KEY_DATA, nodeLength) << 2);
    node = load<u32>(slot);
  }
  if (node == 0 || load<u32>(node, LPM_INTERMEDIATE) != 0) return ENOENT;
  store<u32>(map, field(map, LPM_COUNT) - 1, LPM_COUNT);
  const left = child(node, 0);
  const right = child(node, 1);
  if (left != 0 && right != 0) {
    store<u32>(node, 1, LPM_INTERMEDIATE);
    return 0;
  }
  const parent = parentSlot == 0 ? 0 : load<u32>(parentSlot);
  if (parent != 0 && left == 0 && right == 0 && load<u32>(parent, LPM_INTERMEDIATE) != 0) {
    // a fork with one branch is none: the sibling takes its place
    store<u32>(parentSlot, child(parent, 0) == node ? child(parent, 1) : child(parent, 0));
    giveNode(map, parent);
  } else store<u32>(slot, left != 0 ? left : right);
  giveNode(map, node);
  return 0;
}

/** First element in postorder of a subtree that is not empty. */
function leftmost(node: u32): u32 {
  let next: u32 = 0;
  while (node != 0) {
    if (load<u32>(node, LPM_INTERMEDIATE) != 0) node = child(node, 0);
    else {
      next = node;
      node = child(node, 0) != 0 ? child(node, 0) : child(node, 1);
    }
  }
  return next;
}

/**
 * Address of the key (prefixlen, data) after `key`, of the first one when `key` is 0 or no element; 0 at the end.
 * The order is the kernel's: postorder, a prefix after all longer ones within it.
 */
export function lpm_next_key(map: u32, key: u32): u32 {
  const root = field(map, LPM_ROOT);
  if (root == 0) return 0;
  let next: u32 = 0;
  let known = false;
  if (key != 0 && load<u32>(key) <= maxPrefix(map)) {
    let node = root;
    while (node != 0) {
      const length = load<u32>(node, LPM_PREFIXLEN);
      if (commonBits(map, node, key) != length) break;
      if (length == load<u32>(key)) {
        known = load<u32>(node, LPM_INTERMEDIATE) == 0;
        break;
      }
      const side = bit(key + KEY_DATA, length);
      // what follows this branch in postorder; the deepest one that there is counts
      if (side == 0 && child(node, 1) != 0) next = leftmost(child(node, 1));
      else if (load<u32>(node, LPM_INTERMEDIATE) == 0) next = node;
      node = child(node, side);
    }
  }
  if (!known) next = leftmost(root);
  return next == 0 ? 0 : next + LPM_PREFIXLEN;
}
