;; r0 = 0; r0 += r1; r1 += -1; if r1 != 0 goto -3; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  i32_const 0
  i32_load offset=0x1000
  local_set 15
  local_get 15
  i32_const 0
  i32_le_s
  if
    i64_const 0
    i32_const 3
    i32_const 0
    i32_const 0
    call 2
    unreachable
  end
  local_get 15
  i32_const 1
  i32_sub
  local_set 15
  i64_const 0
  local_set 6
  block
    loop
      local_get 15
      i32_const 0
      i32_le_s
      if
        i64_const 0
        i32_const 3
        i32_const 1
        i32_const 0
        call 2
        unreachable
      end
      local_get 15
      i32_const 12
      i32_sub
      local_set 15
      local_get 6
      local_get 0
      i64_add
      local_set 6
      local_get 0
      i64_const -1
      i64_add
      local_set 0
      local_get 0
      i64_const 0
      i64_ne
      i32_eqz
      if
        local_get 15
        i32_const -8
        i32_sub
        local_set 15
        br 2
      end
      local_get 6
      local_get 0
      i64_add
      local_set 6
      local_get 0
      i64_const -1
      i64_add
      local_set 0
      local_get 0
      i64_const 0
      i64_ne
      i32_eqz
      if
        local_get 15
        i32_const -5
        i32_sub
        local_set 15
        br 2
      end
      local_get 6
      local_get 0
      i64_add
      local_set 6
      local_get 0
      i64_const -1
      i64_add
      local_set 0
      local_get 0
      i64_const 0
      i64_ne
      i32_eqz
      if
        local_get 15
        i32_const -2
        i32_sub
        local_set 15
        br 2
      end
      local_get 6
      local_get 0
      i64_add
      local_set 6
      local_get 0
      i64_const -1
      i64_add
      local_set 0
      local_get 0
      i64_const 0
      i64_ne
      br_if 0
      local_get 15
      i32_const 1
      i32_sub
      local_set 15
      br 1
    end
  end
  i32_const 0
  local_get 15
  i32_store offset=0x1000
  local_get 6
  return
  unreachable
end
