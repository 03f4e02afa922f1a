/** errno values that map operations return, negated (src/uapi/errno.ts has the table; AssemblyScript cannot read objects). */
// @ts-ignore: decorator
@inline
export const ENOENT: i32 = -2;
// @ts-ignore: decorator
@inline
export const E2BIG: i32 = -7;
// @ts-ignore: decorator
@inline
export const EAGAIN: i32 = -11;
// @ts-ignore: decorator
@inline
export const ENOMEM: i32 = -12;
// @ts-ignore: decorator
@inline
export const EACCES: i32 = -13;
// @ts-ignore: decorator
@inline
export const EFAULT: i32 = -14;
// @ts-ignore: decorator
@inline
export const EBUSY: i32 = -16;
// @ts-ignore: decorator
@inline
export const EEXIST: i32 = -17;
// @ts-ignore: decorator
@inline
export const EINVAL: i32 = -22;
// @ts-ignore: decorator
@inline
export const ENOSPC: i32 = -28;
// @ts-ignore: decorator
@inline
export const ENOTSUPP: i32 = -524;

// @ts-ignore: decorator
@inline
export const BPF_NOEXIST: u64 = 1;
// @ts-ignore: decorator
@inline
export const BPF_EXIST: u64 = 2;
// @ts-ignore: decorator
@inline
export const BPF_F_LOCK: u64 = 4;
