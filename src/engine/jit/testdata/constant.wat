;; r0 = 2; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  i64_const 2
  local_set 6
  local_get 6
  return
  unreachable
end
