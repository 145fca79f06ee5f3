# The front door. The kernel's build system reads src/Kbuild, never this file.

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build

modules: headers
	$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules

# Without the kernel's headers, which may be gone by then.
clean:
	cd src && rm -rf *.o *.ko *.mod *.mod.c .*.cmd modules.order Module.symvers .module-common.* .tmp_versions

headers:
	@test -e $(KDIR)/Makefile || { \
	  echo "There are no headers of kernel $(KVER) in $(KDIR): install the package linux-headers-$(KVER) (Debian, Ubuntu) or kernel-devel-$(KVER) (Fedora, RHEL)." >&2; \
	  exit 1; }

load:
	insmod src/perftop.ko $(PARAMS)

unload:
	rmmod perftop

# See the module at work in a virtual machine: needs root on Debian, not this kernel's headers.
demo:
	@tests/demo

check:
	@tests/check

check-fast:
	@KERNELS="$${KERNELS:-6.1}" HOOKS="$${HOOKS:-kprobe}" tests/check

bench:
	@tests/bench/run

lint:
	@tests/setup
	@tests/lint

help:
	@echo 'make                 the module src/perftop.ko for the running kernel (KVER=, KDIR=)'
	@echo 'make load unload     insmod with PARAMS="top=30 hook=tracepoint", rmmod'
	@echo 'make clean           what make left in src/'
	@echo 'make demo            the module at work in a virtual machine (Debian, root)'
	@echo 'make check           all tests on all kernels in virtual machines (Debian, root);'
	@echo '                     less: KERNELS="6.1 7.2" HOOKS=kprobe TESTS="books lint"'
	@echo 'make check-fast      the same on kernel 6.1 with the kprobe only'
	@echo 'make bench           cost in guest instructions, next to other tools (Debian, root; half an hour);'
	@echo '                     less: KERNELS=6.12 BENCH="switch peers growth smp"'
	@echo 'make lint            warnings, sparse, checkpatch, shellcheck'

# tests/check and tests/bench/run take these from the environment.
export KERNELS HOOKS TESTS JOBS REPEAT BENCH

.PHONY: modules clean headers load unload demo check check-fast bench lint help
