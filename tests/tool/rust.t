#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names of Rust. Those in rust.names are of programs and libraries that rustc 1.95 has made (the compiler
# itself, mostly), as the crate rustc-demangle reads them, without hashes.
set -euo pipefail
. "$(dirname "$0")/tap.sh"

TESTS=$TOP/tests/tool
sanitized() { "$@" -g -O1 -I"$TOP/tool" "$TESTS/rustname.c" "$TOP"/tool/symbols/rustname*.c; }
sanitized gcc -fsanitize=address,undefined -fno-sanitize-recover=all -o "$T/plain"
# plain NAME...: what each stands for; one that takes for ever is stopped
plain() { printf '%s\n' "$@" | timeout 100 "$T/plain"; }

cut -f1 "$TESTS/rust.names" | "$T/plain" >"$T/out"
is "$(wc -l <"$T/out") names of rustc" "$(diff <(cut -f2 "$TESTS/rust.names") "$T/out")" ""

# ---- no names, or not of Rust
# Fails if: what is left of a name after the demangled part isn't looked at; or C++ is taken for Rust.
is "none of Rust" "$(plain main _R _RR _Z _ZN _ZN3foo3barE _ZN5space5ThingIiE6methodEi _ZNK1a1bEv \
	_ZN3foo17h000000000000aaaaE _ZN3foo17h0123456789abcdegE _ZN3foo17h0123456789abcdefEv _ZN17h0123456789abcdefE \
	_RNvC1a1 _RNvC1a1bX _RNvC1a1b_ _RNvC1a2b _RNvC1a99999999999999999999b '_RNvC1a1$' _RINvC1a1bE1 _RINvC1a1bKe_E _RNvC1a1bC1cx _RC0 |
	sort -u)" -
is "suffixes" "$(plain _RNvC1a1b.llvm.123 _RNvC1a1b.llvm.1A.cold.1 _RNvC1a1b.cold _ZN1a1b17h0123456789abcdefE.llvm.9 _ZN1a1b17h0123456789abcdefE.part.0)" \
	"a::b
a::b.cold.1
a::b.cold
a::b
a::b.part.0"
is "constants" "$(plain _RINvC1a1bKj0_Kan7f_Kyffffffffffffffff_Ko10000000000000000_Kb1_Kc27_Kc61_Kca_KpE)" \
	"a::b::<0, -127, 18446744073709551615, 0x10000000000000000, true, '\\'', 'a', '\\u{a}', _>"
# A letter can't be one that controls a terminal, of the old scheme.
is "escapes" "$(plain '_ZN11_$u7e$$C$x$17h0123456789abcdefE' '_ZN5$u1b$17h0123456789abcdefE' '_ZN5$u9b$17h0123456789abcdefE' '_ZN8$ud800$x17h0123456789abcdefE')" \
	'~,x$
$u1b$
$u9b$
$ud800$x'

# ---- made to do harm
# Fails if: no limit of steps, of depth, or of what a name becomes; or a name may refer to itself.
is "3 * 10^10 lifetimes, shown and not" "$(plain _RINvC1a1bFGzzzzzz_EuE _RNvMFGzzzzzz_EuC1a1b _RNvMINtC1c1dFGzzzzzz_EuEC1a1b | sort -u)" -
is "a number over 2^64" "$(plain _RINvC1a1bFGzzzzzzzzzzzzzzzz_EuE _RNvCszzzzzzzzzzzzzzzz_1a1b | sort -u)" -
is "what refers to itself" "$(plain _RB_ _RNvB_1a _RINvC1a1bB5_E _RINvC1a1bTB5_EE _RINvC1a1bKB6_E _RINvC1a1bDB5_EL_E | sort -u)" -
is "or to what isn't there yet" "$(plain _RNvBz_1a _RINvC1a1bBz_uE _RINvC1a1bBa_NtC1c1dE | sort -u)" -
# Each tuple has two of the last one.
python3 - >"$T/bombs" <<'END'
def number(n):
    digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
    return '_' if not n else (digits[(n - 1) // 62] if n > 62 else '') + digits[(n - 1) % 62] + '_'
name, at = '_RINvC1a1b', 8
name += 'Tuu' + 'E'
for _ in range(40):
    begin = len(name) - 2
    name += 'T' + 2 * ('B' + number(at)) + 'E'
    at = begin
print(name + 'E')
for n in (200, 2000):
    print('_RINvC1a1b' + 'QRPO'[n == 2000] * n + 'uE')
    print('_R' + 'Nv' * n + 'C1a' + '1b' * n)
    print('_RNv' + 'M' * n + 'C1a' + 'u' * n + '1b')
print('_RNvC1a4090' + 'x' * 4090)
print('_RNvC1a300u' + 'y' * 300)
print('_RNvC1au300_' + 'a' * 300)
print('_RNvC1au9_b999999a')
END
is "names that grow" "$(timeout 100 "$T/plain" <"$T/bombs" | cut -c1-20 | LC_ALL=C sort -u)" "-
<()>::b
a::b::<&mut &mut &mu
a::b::b::b::b::b::b:"
# Fails if: a read goes beyond the end (the sanitizer).
while read -r name _; do
	for ((i = 2; i < ${#name}; i++)); do
		echo "${name:0:i}"
	done
done <"$TESTS/rust.names" >"$T/cut"
check "$(wc -l <"$T/cut") names that are cut" "$T/plain" <"$T/cut"
sanitized clang -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -DFUZZ -o "$T/fuzz"
mkdir "$T/corpus"
cut -f1 "$TESTS/rust.names" | awk -v folder="$T/corpus" '{ printf "@%s", $1 >(folder "/" NR) }'
check "a fuzzer" nice "$T/fuzz" -max_total_time=$((${FUZZ_SECONDS:-45} / 3)) -max_len=1000 -timeout=60 -verbosity=0 -artifact_prefix="$T/" "$T/corpus"

# ---- by perftop(1)
cat >"$T/c.cc" <<'END'
volatile int x;
inline int inner(int n) __asm__("_ZN4core6option15Option$LT$T$GT$6unwrap17h0123456789abcdefE");
inline __attribute__((always_inline)) int inner(int n) { for (int i = 0; i < n; i++) x ^= i * n; return x; }
__attribute__((noinline)) int outer(int n) __asm__("_RNvMs_Cs1234_4richINtB4_3ArrhKj3_E4walkB4_");
int outer(int n) { return inner(n); }
int main(int argc, char **argv) { (void)argv; return outer(argc); }
END
g++ -g -O2 -Wl,--build-id -o "$T/c" "$T/c.cc"
python3 "$TESTS/symbols.py" "$T/snap" "$T/c" _RNvMs_Cs1234_4richINtB4_3ArrhKj3_E4walkB4_
is "in a report, inlined, too" "$("$PERFTOP" report -i "$T/snap" | sed -n 's/^       u //p' | sed 's/ (.*//' | head -n 2)" \
	'core::option::Option<T>::unwrap [inlined]
<rich::Arr<u8, 3>>::walk'
tap_done
