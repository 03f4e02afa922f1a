;; r0 = r1; r1 <<= 13; r0 >>= 51; r0 |= r1; exit
  locals 8 i64
  locals 5 i32
  locals 1 i64
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  local_get 0
  local_set 6
  local_get 0
  local_set 19
  local_get 0
  i64_const 13
  i64_shl
  local_set 0
  local_get 6
  i64_const 51
  i64_shr_u
  local_set 6
  local_get 19
  i64_const 13
  i64_rotl
  local_set 6
  local_get 6
  return
  unreachable
end
