//! Which vector unit there is. The only file of the engine that asks for the target.
//!
//! [`pulp`] has safe functions for each; this adds those that its common trait lacks, and leaves out two ways that
//! it would take: code without vectors where a target always has them (it would double the wasm file), and relaxed
//! SIMD, which not every browser can even load.

#[cfg(target_arch = "aarch64")]
use pulp::aarch64::Neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use pulp::wasm::Simd128;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use pulp::x86::V3;
#[cfg(target_arch = "x86_64")]
use pulp::x86::V4;
use pulp::{Scalar128b, Simd, WithSimd};

/// Rows of a group that every unit has registers for: with two vectors of sums for each, 16 of them.
pub(super) const NARROW: usize = 4;
/// Rows of a group where there are 32 registers.
#[cfg(target_arch = "x86_64")]
const WIDE: usize = 8;

/// To the first cache.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const PREFETCH: i32 = 3;

/// Vectors of f32 and of u32 with the same number of lanes.
pub(super) trait Lanes: Simd {
    /// Shifts to the left.
    fn left<const BITS: i32>(self, x: Self::u32s) -> Self::u32s;
    /// Shifts to the right and repeats the sign.
    fn right<const BITS: i32>(self, x: Self::u32s) -> Self::u32s;
    /// Shifts both halves of every word to the left.
    fn left_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s;
    /// Shifts both halves of every word to the right and repeats their signs.
    fn right_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s;
    /// The product of the lower halves plus that of the upper halves, which are in two's complement.
    fn dot_halves(self, a: Self::u32s, b: Self::u32s) -> Self::u32s;
    /// Two's complement to f32.
    fn float(self, x: Self::u32s) -> Self::f32s;
    /// Asks for the memory that is so far behind a place, in bytes, where there is an instruction for that.
    #[inline(always)]
    fn prefetch<const AHEAD: usize>(self, _: &Self::u32s) {}
}

/// Vectors of four as plain arrays, for machines without anything better.
impl Lanes for Scalar128b {
    #[inline(always)]
    fn left<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(pulp::cast::<_, [u32; 4]>(x).map(|x| x << BITS))
    }

    #[inline(always)]
    fn right<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(pulp::cast::<_, [i32; 4]>(x).map(|x| x >> BITS))
    }

    #[inline(always)]
    fn left_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(pulp::cast::<_, [u16; 8]>(x).map(|x| x << BITS))
    }

    #[inline(always)]
    fn right_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(pulp::cast::<_, [i16; 8]>(x).map(|x| x >> BITS))
    }

    #[inline(always)]
    fn dot_halves(self, a: Self::u32s, b: Self::u32s) -> Self::u32s {
        let (a, b): ([[i16; 2]; 4], [[i16; 2]; 4]) = (pulp::cast(a), pulp::cast(b));
        let each = |i: usize| i32::from(a[i][0]) * i32::from(b[i][0]) + i32::from(a[i][1]) * i32::from(b[i][1]);
        pulp::cast([0, 1, 2, 3].map(each))
    }

    #[inline(always)]
    fn float(self, x: Self::u32s) -> Self::f32s {
        pulp::cast(pulp::cast::<_, [i32; 4]>(x).map(|x| x as f32))
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Lanes for V3 {
    #[inline(always)]
    fn left<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        self.shl_const_u32x8::<BITS>(x)
    }

    #[inline(always)]
    fn right<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.shr_const_i32x8::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn left_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.shl_const_u16x16::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn right_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.shr_const_i16x16::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn dot_halves(self, a: Self::u32s, b: Self::u32s) -> Self::u32s {
        pulp::cast(self.multiply_wrapping_add_adjacent_i16x16(pulp::cast(a), pulp::cast(b)))
    }

    #[inline(always)]
    fn prefetch<const AHEAD: usize>(self, place: &Self::u32s) {
        // Of no memory at all, too: what is asked for there is left out.
        self.sse._mm_prefetch::<PREFETCH>(std::ptr::from_ref(place).cast::<i8>().wrapping_add(AHEAD));
    }

    #[inline(always)]
    fn float(self, x: Self::u32s) -> Self::f32s {
        self.convert_i32x8_to_f32x8(pulp::cast(x))
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for V4 {
    #[inline(always)]
    fn left<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        self.shl_u32x16(x, count(BITS))
    }

    #[inline(always)]
    fn right<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.shr_i32x16(pulp::cast(x), count(BITS)))
    }

    #[inline(always)]
    fn left_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.shl_u16x32(pulp::cast(x), count(BITS)))
    }

    #[inline(always)]
    fn right_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.shr_i16x32(pulp::cast(x), count(BITS)))
    }

    #[inline(always)]
    fn dot_halves(self, a: Self::u32s, b: Self::u32s) -> Self::u32s {
        pulp::cast(self.multiply_wrapping_add_adjacent_i16x32(pulp::cast(a), pulp::cast(b)))
    }

    #[inline(always)]
    fn prefetch<const AHEAD: usize>(self, place: &Self::u32s) {
        // Of no memory at all, too: what is asked for there is left out.
        self.sse._mm_prefetch::<PREFETCH>(std::ptr::from_ref(place).cast::<i8>().wrapping_add(AHEAD));
    }

    #[inline(always)]
    fn float(self, x: Self::u32s) -> Self::f32s {
        self.convert_i32x16_to_f32x16(pulp::cast(x))
    }
}

/// By how much all lanes are shifted; compilers make shifts by a constant of it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn count(bits: i32) -> pulp::u64x2 {
    pulp::u64x2(u64::from(bits.unsigned_abs()), 0)
}

#[cfg(target_arch = "x86_64")]
pulp::simd_type! {
    /// AVX-512 with VNNI: a product of pairs and the addition that follows it are compiled to one instruction.
    pub(super) struct Vnni {
        sse: "sse", sse2: "sse2", fxsr: "fxsr", sse3: "sse3", ssse3: "ssse3", sse4_1: "sse4.1", sse4_2: "sse4.2",
        popcnt: "popcnt", avx: "avx", avx2: "avx2", bmi1: "bmi1", bmi2: "bmi2", fma: "fma", lzcnt: "lzcnt",
        avx512f: "avx512f", avx512bw: "avx512bw", avx512cd: "avx512cd", avx512dq: "avx512dq", avx512vl: "avx512vl",
        avx512vnni: "avx512vnni",
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Lanes for Simd128 {
    #[inline(always)]
    fn left<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.simd128.i32x4_shl(pulp::cast(x), BITS.unsigned_abs()))
    }

    #[inline(always)]
    fn right<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.simd128.i32x4_shr(pulp::cast(x), BITS.unsigned_abs()))
    }

    #[inline(always)]
    fn left_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.simd128.i16x8_shl(pulp::cast(x), BITS.unsigned_abs()))
    }

    #[inline(always)]
    fn right_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.simd128.i16x8_shr(pulp::cast(x), BITS.unsigned_abs()))
    }

    #[inline(always)]
    fn dot_halves(self, a: Self::u32s, b: Self::u32s) -> Self::u32s {
        pulp::cast(self.simd128.i32x4_dot_i16x8(pulp::cast(a), pulp::cast(b)))
    }

    #[inline(always)]
    fn float(self, x: Self::u32s) -> Self::f32s {
        pulp::cast(self.simd128.f32x4_convert_i32x4(pulp::cast(x)))
    }
}

#[cfg(target_arch = "aarch64")]
impl Lanes for Neon {
    #[inline(always)]
    fn left<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.neon.vshlq_n_u32::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn right<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.neon.vshrq_n_s32::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn left_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.neon.vshlq_n_s16::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn right_halves<const BITS: i32>(self, x: Self::u32s) -> Self::u32s {
        pulp::cast(self.neon.vshrq_n_s16::<BITS>(pulp::cast(x)))
    }

    #[inline(always)]
    fn dot_halves(self, a: Self::u32s, b: Self::u32s) -> Self::u32s {
        let (a, b) = (pulp::cast(a), pulp::cast(b));
        let lower = self.neon.vmull_s16(self.neon.vget_low_s16(a), self.neon.vget_low_s16(b));
        pulp::cast(self.neon.vpaddq_s32(lower, self.neon.vmull_high_s16(a, b)))
    }

    #[inline(always)]
    fn float(self, x: Self::u32s) -> Self::f32s {
        pulp::cast(self.neon.vcvtq_f32_s32(pulp::cast(x)))
    }
}

/// A computation that is compiled once for each vector unit.
///
/// Everything that `run` calls has to be inlined: a function apart would be compiled without the unit's instructions.
pub(super) trait Op {
    fn run<S: Lanes>(self, simd: S);
}

/// The vector unit of this machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    #[cfg(target_arch = "x86_64")]
    Avx512(Vnni, V4),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(V3),
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128(Simd128),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    /// Tests run it beside the others.
    #[cfg(any(test, not(any(target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128")))))]
    Plain(Scalar128b),
}

impl Unit {
    /// The best one.
    pub(super) fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some((vnni, simd)) = Vnni::try_new().zip(V4::try_new()) {
            return Self::Avx512(vnni, simd);
        }
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        return V3::try_new().map_or(Self::Plain(Scalar128b), Self::Avx2);
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Self::Simd128(Simd128::try_new().expect("compiled for simd128"));
        #[cfg(target_arch = "aarch64")]
        return Self::Neon(Neon::try_new().expect("every aarch64 has vectors"));
        #[cfg(not(any(
            target_arch = "x86",
            target_arch = "x86_64",
            target_arch = "aarch64",
            all(target_arch = "wasm32", target_feature = "simd128")
        )))]
        return Self::Plain(Scalar128b);
    }

    /// The best one, and AVX2 where that is AVX-512.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::new()];
        #[cfg(target_arch = "x86_64")]
        if matches!(all[0], Self::Avx512(..)) {
            all.extend(V3::try_new().map(Self::Avx2));
        }
        all
    }

    /// Numbers in a vector.
    pub(super) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(..) => V4::F32_LANES,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2(_) => V3::F32_LANES,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128(_) => Simd128::F32_LANES,
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => Neon::F32_LANES,
            #[cfg(any(
                test,
                not(any(target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128")))
            ))]
            Self::Plain(_) => Scalar128b::F32_LANES,
        }
    }

    /// Most rows of a group in whole numbers.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(clippy::unused_self, reason = "other processors have one kind of group")
    )]
    pub(super) fn rows(self) -> usize {
        #[cfg(target_arch = "x86_64")]
        if matches!(self, Self::Avx512(..)) {
            return WIDE;
        }
        NARROW
    }

    /// Runs what groups of more rows than [`NARROW`] need; units without registers for them are spared its code.
    ///
    /// # Panics
    /// When it is such a unit.
    #[inline(never)]
    pub(super) fn run_wide(self, op: impl Op) {
        #[cfg(target_arch = "x86_64")]
        if let Self::Avx512(vnni, simd) = self {
            return vnni.vectorize(Within(simd, op));
        }
        drop(op);
        unreachable!("a group of more than {NARROW} rows for {self:?}")
    }

    /// Runs it, as a function of its own also where no other instructions are called for.
    #[inline(never)]
    pub(super) fn run(self, op: impl Op) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(vnni, simd) => vnni.vectorize(Within(simd, op)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx2(simd) => Simd::vectorize(simd, WithUnit(simd, op)),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Simd128(simd) => Simd::vectorize(simd, WithUnit(simd, op)),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, WithUnit(simd, op)),
            #[cfg(any(
                test,
                not(any(target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128")))
            ))]
            Self::Plain(simd) => Simd::vectorize(simd, WithUnit(simd, op)),
        }
    }
}

/// An operation with its vector unit, for [`pulp`], whose trait does not know what [`Lanes`] adds.
struct WithUnit<S, O>(S, O);

impl<S: Lanes, O: Op> WithSimd for WithUnit<S, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        self.1.run(self.0);
    }
}

/// The same where [`pulp`] does not know the unit.
#[cfg(target_arch = "x86_64")]
struct Within<S, O>(S, O);

#[cfg(target_arch = "x86_64")]
impl<S: Lanes, O: Op> pulp::NullaryFnOnce for Within<S, O> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.1.run(self.0);
    }
}
