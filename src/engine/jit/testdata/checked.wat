;; r2 = *(u64 *)(r1 + 0); r0 = *(u32 *)(r2 - 4); *(u8 *)(r2 + 3) = 1; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  block
    block
      local_get 0
      local_tee 11
      i64_const 1048569
      i64_ge_u
      br_if 0
      local_get 11
      i32_wrap_i64
      i64_load offset=0x100000
      i64_const 72340172838076673
      i64_and
      i64_const 72340172838076673
      i64_eq
      br_if 1
    end
    local_get 11
    i32_const 0
    i32_const 0
    i32_const 8
    call 2
    unreachable
  end
  local_get 0
  i32_wrap_i64
  i64_load
  local_set 1
  block
    block
      local_get 1
      i64_const -4
      i64_add
      local_tee 11
      i64_const 1048569
      i64_ge_u
      br_if 0
      local_get 11
      i32_wrap_i64
      i32_load offset=0x100000
      i32_const 16843009
      i32_and
      i32_const 16843009
      i32_eq
      br_if 1
    end
    local_get 11
    i32_const 0
    i32_const 1
    i32_const 4
    call 2
    unreachable
  end
  local_get 1
  i32_wrap_i64
  i32_const -4
  i32_add
  i64_load32_u
  local_set 6
  block
    block
      local_get 1
      i64_const 3
      i64_add
      local_tee 11
      i64_const 1048569
      i64_ge_u
      br_if 0
      local_get 11
      i32_wrap_i64
      i32_load8_u offset=0x100000
      i32_const 2
      i32_and
      i32_const 2
      i32_eq
      br_if 1
    end
    local_get 11
    i32_const 1
    i32_const 2
    i32_const 1
    call 2
    unreachable
  end
  local_get 1
  i32_wrap_i64
  i64_const 1
  i64_store8 offset=0x3
  local_get 6
  return
  unreachable
end
