;; *(u32 *)(r10 - 4) = 7; r2 = r10; r2 += -8; r0 = *(u16 *)(r2 + 4); exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  local_get 16
  i64_const 7
  i64_store32 offset=0x1fc
  local_get 5
  i64_extend_i32_u
  local_set 1
  local_get 1
  i64_const -8
  i64_add
  local_set 1
  local_get 16
  i64_load16_u offset=0x1fc
  local_set 6
  local_get 6
  return
  unreachable
end
