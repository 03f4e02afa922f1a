;; r0 = 100; r0 /= r1; r0 s%= 3; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  i64_const 100
  local_set 6
  local_get 0
  i64_const 0
  i64_eq
  if i64
    i64_const 0
  else
    local_get 6
    local_get 0
    i64_div_u
  end
  local_set 6
  local_get 6
  i64_const 3
  i64_rem_s
  local_set 6
  local_get 6
  return
  unreachable
end
