;; r0 = 0; if r1 == 0 goto +1; r0 += 1; r0 += 2; if r0 < 50 goto -3; if r0 < 99 goto -3; exit
  locals 8 i64
  locals 5 i32
  local_get 5
  i32_const 512
  i32_sub
  local_set 16
  loop
    block
      block
        block
          block
            block
              local_get 17
              br_table 0 1 2 3 4
            end
            i64_const 0
            local_set 6
            local_get 0
            i64_const 0
            i64_eq
            if
              i32_const 1
              local_set 17
              br 5
            end
            i32_const 4
            local_set 17
            br 4
          end
          local_get 6
          i64_const 2
          i64_add
          local_set 6
          local_get 6
          i64_const 50
          i64_lt_u
          if
            i32_const 4
            local_set 17
            br 4
          end
        end
        local_get 6
        i64_const 99
        i64_lt_u
        if
          i32_const 1
          local_set 17
          br 3
        end
      end
      local_get 6
      return
    end
    local_get 6
    i64_const 1
    i64_add
    local_set 6
    i32_const 1
    local_set 17
    br 0
  end
  unreachable
end
