;; w0 = w1; w0 += 7; w0 *= w0; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  local_get 0
  i32_wrap_i64
  i64_extend_i32_u
  local_set 6
  local_get 6
  i32_wrap_i64
  i32_const 7
  i32_add
  i64_extend_i32_u
  local_set 6
  local_get 6
  i32_wrap_i64
  local_get 6
  i32_wrap_i64
  i32_mul
  i64_extend_i32_u
  local_set 6
  local_get 6
  return
  unreachable
end
