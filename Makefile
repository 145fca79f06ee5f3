# The front door. The kernel's build system reads src/Kbuild, never this file.

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)

# A kernel that clang built has options that gcc doesn't know.
ifneq ($(shell grep -sx CONFIG_CC_IS_CLANG=y $(KDIR)/.config),)
LLVM ?= 1
export LLVM
endif

# What an outer make, or somebody's shell, has set for the kernel's Makefile isn't for this build.
unexport $(filter-out KBUILD_BUILD_% KBUILD_SIGN_PIN,$(filter sub_make_done need-sub-make building_out_of_srctree \
	srctree objtree srcroot abs_% KCONFIG_% KBUILD_%,$(.VARIABLES)))

modules: headers
	$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules

# Without the kernel's headers, which may be gone by then.
clean:
	test ! -d tool || $(MAKE) -C tool clean
	cd src && rm -rf *.o */*.o *.ko *.mod *.mod.c .*.cmd */.*.cmd modules.order Module.symvers .module-common.* .tmp_versions

headers:
	@test -e $(KDIR)/Makefile || { \
	  echo "There are no headers of kernel $(KVER) in $(KDIR): $$(packaging/dkms headers "$(KVER)" 2>/dev/null)" >&2; \
	  exit 1; }

load:
	insmod src/perftop.ko $(PARAMS)

unload:
	rmmod perftop

# All files of the packages. What DKMS builds from needs neither scripts nor tests.
DKMSDIR = $(DESTDIR)/usr/src/perftop-$(version)
LIBDIR = $(DESTDIR)/usr/lib/perftop
PRESETDIR = $(DESTDIR)/usr/lib/systemd/system-preset
UNITDIR ?= /usr/lib/systemd/system
UDEVDIR ?= /usr/lib/udev/rules.d
DOCDIR ?= /usr/share/doc/perftop-dkms
FILES = $(DKMSDIR) $(LIBDIR) $(DESTDIR)$(UNITDIR)/perftop.service \
	$(DESTDIR)$(UNITDIR)/perftop-lasted.service $(DESTDIR)$(UNITDIR)/perftop-lasted.timer \
	$(DESTDIR)$(UDEVDIR)/60-perftop.rules \
	$(DESTDIR)/usr/lib/sysusers.d/perftop.conf \
	$(PRESETDIR)/90-perftop.preset $(OLD) \
	$(DESTDIR)/usr/share/man/man4/perftop.4 $(DESTDIR)$(DOCDIR)/perftop.conf
SOURCES = src/Kbuild $(filter-out %.mod.c,$(wildcard src/*.[ch] src/*/*.[ch]))

# What earlier versions installed, and this one doesn't.
OLD = $(PRESETDIR)/60-perftop.preset

# Nothing in /etc: what is there is the administrator's.
install:
	install -d $(DKMSDIR)
	install -m 644 dkms.conf Makefile $(DKMSDIR)
	for f in $(SOURCES); do install -D -m 644 $$f $(DKMSDIR)/$$f || exit; done
	install -D -m 755 -t $(LIBDIR) systemd/unit packaging/dkms
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) systemd/perftop.service \
		systemd/perftop-lasted.service systemd/perftop-lasted.timer
	install -D -m 644 -t $(DESTDIR)$(UDEVDIR) udev/60-perftop.rules
	install -D -m 644 systemd/perftop.sysusers $(DESTDIR)/usr/lib/sysusers.d/perftop.conf
	install -D -m 644 systemd/perftop.preset $(PRESETDIR)/90-perftop.preset
	rm -f $(OLD)
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man4 man/perftop.4
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) modprobe.d/perftop.conf

uninstall:
	rm -rf $(FILES)

# Without a package, but as it would do it. No trigger tells of new kernels: on Debian and its
# like hooks do, behind DKMS's; elsewhere DKMS does, and fails no kernel for it.
KERNEL_HOOKS = /etc/kernel/header_postinst.d /etc/kernel/postinst.d

dkms-install: forget
	$(MAKE) install
	@if [ -d $(firstword $(KERNEL_HOOKS)) ]; then \
	  for dir in $(KERNEL_HOOKS); do \
	    printf '#!/bin/sh\n# Of "make dkms-install".\n[ ! -x %s ] || %s update || :\n' \
	      /usr/lib/perftop/dkms /usr/lib/perftop/dkms >$$dir/perftop && chmod 755 $$dir/perftop || exit; \
	  done; \
	else \
	  echo 'AUTOINSTALL="yes"' >>$(DKMSDIR)/dkms.conf; \
	fi
	systemd-sysusers perftop.conf
	test ! -d /run/systemd/system || udevadm control --reload || :
	/usr/lib/perftop/dkms install $(version)
	test ! -d /run/systemd/system || systemctl daemon-reload
	/usr/lib/perftop/dkms reload $(version)

dkms-remove: unpackaged
	packaging/dkms unload
	$(MAKE) forget
	-systemctl --quiet --no-reload disable perftop.service
	$(MAKE) uninstall
	-rm -f $(addsuffix /perftop,$(KERNEL_HOOKS))
	-rm -rf --one-file-system /var/lib/perftop
	test ! -d /run/systemd/system || systemctl daemon-reload

# What DKMS has, and the sources of other versions.
forget: unpackaged
	@! test . -ef $(DKMSDIR) || { \
	  echo "These are the sources that DKMS has: do it from another directory." >&2; exit 1; }
	@old=$$(readlink /var/lib/dkms/perftop/*/source || :); \
	packaging/dkms remove; \
	for dir in $$old; do \
	  case $$dir in /usr/src/perftop-*) rm -rf "$$dir" ;; esac; \
	done

unpackaged:
	@! { dpkg-query -W -f '$${db:Status-Status}' perftop-dkms 2>/dev/null | grep -qx installed || \
	  rpm -q perftop-dkms >/dev/null 2>&1; } || { \
	  echo "The package perftop-dkms is installed: remove it first." >&2; exit 1; }

# Packages, in build/packages/; of Debian's source package, too.
deb rpm source:
	@packaging/build $@

# All places that name the version, against dkms.conf.
check-version:
	@packaging/check-version

# What modprobe.d/perftop.conf and man/perftop.4 say of the parameters, from the module.
params: modules
	@tests/params src/perftop.ko

# See the module at work in a virtual machine: needs root on Debian, not this kernel's headers.
demo:
	@tests/demo

# The tool, perftop(1). Its own Makefile, as it has nothing to do with the module.
tool:
	$(MAKE) -C tool

install-tool:
	$(MAKE) -C tool install

# RUNS=1000000 or SECONDS=60
fuzz fuzz-index fuzz-lines fuzz-perfmap fuzz-unwind:
	$(MAKE) -C tool $@

fuzz-table:
	@tests/unit/fuzz_table $(or $(RUNS),$(if $(SECONDS),-1,1000000)) $(or $(SECONDS),0)

# What runs in each of them is in tests/plan.txt.
check:
	@tests/check

check-quick:
	@tests/check quick

check-all:
	@tests/check all

plan:
	@tests/plan --table

# What the last run of PLAN came to, into docs/test-runs.md.
record:
	@tests/record $(PLAN)

check-packages:
	@tests/check --packages

check-breadth:
	@tests/check --breadth

# On kernels with the kernel's own detectors of bugs, which are built first.
check-torture:
	@tests/debug/check

coverage:
	@tests/debug/check --coverage

check-arm64:
	@tests/arm64/check

bench:
	@tests/bench/run

lint:
	@tests/setup
	@tests/lint

help:
	@echo 'make                 the module src/perftop.ko for the running kernel (KVER=, KDIR=)'
	@echo 'make tool            the program perftop, in build/; make install-tool DESTDIR='
	@echo 'make load unload     insmod with PARAMS="top=30 hook=tracepoint", rmmod'
	@echo 'make clean           what make left in src/'
	@echo 'make dkms-install    as the packages do it: sources, unit, udev rule, and the module for each kernel; dkms-remove'
	@echo 'make install         the files only (DESTDIR=); uninstall'
	@echo 'make deb rpm         packages, in build/packages/; make source: Debian'\''s source package'
	@echo 'make check-version   that all places name the version of dkms.conf'
	@echo 'make params          modprobe.d/perftop.conf and man/perftop.4, from the parameters of the module'
	@echo 'make demo            the module at work in a virtual machine (Debian, root)'
	@echo 'make check-quick     what needs no virtual machine: lint, unit tests, the tool (Debian, root; 2 minutes)'
	@echo 'make check           each test with each hook on one of four kernels, in virtual machines (Debian, root;'
	@echo '                     25 minutes); less: KERNELS="6.1 7.2" HOOKS=kprobe TESTS="acct_balance lint"'
	@echo 'make check-all       each test on all kernels that it is for, and on one that looks for bugs, and the'
	@echo '                     packages on all suites (hours); it takes the same'
	@echo 'make plan            how many tests each kernel, hook and machine has in these'
	@echo 'make record          what the last run of PLAN=all came to, into docs/test-runs.md'
	@echo 'make check-packages  the packages on Debian 11, 12, 13 and sid, booted (Debian, root);'
	@echo '                     less: PACKAGES="build rpm deb-trixie"'
	@echo 'make check-breadth   the guests on the flavours rt and cloud of these kernels (Debian, root; hours);'
	@echo '                     less: KERNELS=6.12-rt HOOKS=kprobe TESTS=acct_balance'
	@echo 'make check-torture   the module under load, and all guest tests, on kernels that look for bugs; these are'
	@echo '                     built first (Debian, root; less: KERNELS=6.12-debug HOOKS=kprobe TESTS=torture_fault)'
	@echo 'make coverage        which lines of the module all guest tests run (Debian, root)'
	@echo 'make check-arm64     the guest tests on Debian kernels for arm64, emulated (Debian, root);'
	@echo '                     less: KERNELS=6.12-arm64 HOOKS=tracepoint TESTS="acct_balance stack_frames"'
	@echo 'make bench           cost in guest instructions, next to other tools (Debian, root; half an hour);'
	@echo '                     less: KERNELS=6.12 BENCH="switch peers growth smp",'
	@echo '                     BENCH=mix MIX="random paths64" HOOKS=tracepoint TIMES=1'
	@echo 'make fuzz            the parser of the tool with files of any bytes (clang; RUNS=, SECONDS=)'
	@echo 'make fuzz-lines      how it reads debug information, with damaged programs (clang; RUNS=, SECONDS=)'
	@echo 'make fuzz-unwind     the tables of programs to unwind stacks by, with damaged programs (clang; RUNS=, SECONDS=)'
	@echo 'make fuzz-table      the tables and their ranking, any sequences of steps against a model (clang; RUNS=, SECONDS=)'
	@echo 'make lint            warnings, sparse, checkpatch, shellcheck, the unit, parameters, versions'

# tests/check and tests/bench/run take these from the environment.
export KERNELS HOOKS TESTS PACKAGES JOBS REPEAT BENCH MIX TIMES WORK_CC WORK_FLAGS

.PHONY: modules tool install-tool fuzz fuzz-index fuzz-lines fuzz-perfmap fuzz-unwind fuzz-table clean headers load unload install uninstall dkms-install dkms-remove forget \
	unpackaged deb rpm source check-version params demo check check-quick check-all plan record check-packages check-breadth check-torture check-arm64 coverage bench lint help
