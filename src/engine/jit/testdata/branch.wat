;; r0 = 1; if r1 > 5 goto +1; r0 = 2; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  block
    i64_const 1
    local_set 6
    local_get 0
    i64_const 5
    i64_gt_u
    br_if 0
    i64_const 2
    local_set 6
    br 0
  end
  local_get 6
  return
  unreachable
end
