# SPDX-License-Identifier: GPL-2.0-only
# make [all] builds build/killsnoop; V=1 shows the commands. STATIC=1 makes it one file that needs no
# libraries. See README.md for the other targets.

VERSION := 0.1.0
BUILD ?= build
# However it was named: files of dependencies have one name of it.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))
PREFIX ?= /usr/local
# Other packages ship a killsnoop, too: PROGRAM_PREFIX=x- installs x-killsnoop.
PROGRAM_PREFIX ?=
UNITDIR ?= $(PREFIX)/lib/systemd/system
CC ?= cc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
V ?= 0
STATIC ?=
# A folder that stands for / when headers and libraries are looked for.
SYSROOT ?=

ARCH := $(shell $(CC) -dumpmachine | sed 's/-.*//; s/aarch64/arm64/; s/x86_64/x86/')
PACKAGES := libbpf zlib json-c libcap-ng audit auparse

comma := ,
ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
  say = @printf '  %-8s %s\n'
endif

# Without shared libraries, the C library could not load its name service: see user/enrich/users_files.c.
user_sources := $(filter-out user/enrich/users_$(if $(STATIC),nss,files).c,\
	$(wildcard user/*.c user/*/*.c))
objects := $(patsubst user/%.c,$(BUILD)/user/%.o,$(user_sources))
library := $(BUILD)/libkillsnoop.a
replay_tools := $(BUILD)/tests/replay/record
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
# An emulator of programs has no timers that interrupt a write and no openat2(), and static programs no name
# service.
unit_tests := $(filter-out \
	$(if $(EMULATOR),$(patsubst %,$(BUILD)/tests/unit/test_%,output users format_audit containers)),\
	$(unit_tests))
live_helpers := $(patsubst tests/live/helpers/%.c,$(BUILD)/tests/live/%,\
	$(wildcard tests/live/helpers/*.c))
# Kernels for arm64 also serve programs for 32-bit ARM: without a compiler for these, that is skipped.
ARM_CC ?= arm-linux-gnueabihf-gcc
ifeq ($(ARCH),arm64)
  live_helpers += $(if $(shell command -v $(ARM_CC)),$(BUILD)/tests/live/actor-arm)
endif
# Of the same source: see bpf/read.bpf.h.
bpf_objects := killsnoop untyped cast
generated := $(BUILD)/bpf/killsnoop.skel.h $(patsubst %,$(BUILD)/bpf/%.gz.h,$(bpf_objects))

# Whatever the folder is called, the same sources make the same bytes.
prefix_map := -ffile-prefix-map=$(CURDIR)=.
sysroot := $(if $(SYSROOT),--sysroot=$(SYSROOT))
override CPPFLAGS += -D_GNU_SOURCE -DKS_VERSION='"$(VERSION)"' -iquote bpf -iquote user -iquote $(BUILD)/bpf
override CFLAGS += -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers $(if $(WERROR),-Werror) \
	$(prefix_map) $(sysroot) $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
LDLIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES))
# Tests on this machine stay dynamic. The linker warns of what would need shared libraries after all:
# that is fatal.
program_flags := $(if $(STATIC),-static -s -Wl$(comma)--fatal-warnings)
program_libs := $(if $(STATIC),$(shell $(PKG_CONFIG) --static --libs $(PACKAGES)),$(LDLIBS))
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra \
	-Wno-unused-parameter -Wno-unused-function $(if $(WERROR),-Werror) -Ivmlinux -Ibpf \
	$(prefix_map) $(sysroot) -idirafter $(SYSROOT)/usr/include/$(shell $(CC) -print-multiarch)
# What was built with other flags is built again.
flags := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(program_flags) $(program_libs) $(CLANG) $(BPF_CFLAGS)
flags_file := $(BUILD)/flags

.PHONY: all help arm64 arm64-unit check unit replay live soak storms reuse vm vm-amd64 vm-arm64 guest-programs package
.PHONY: arm64-check fuzz fuzz-build fuzz-check bench lint install uninstall deb dist dist-arm64 dist-binary clean version FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/killsnoop ## killsnoop

version:
	@echo $(VERSION)

help: ## this list
	@sed -nE 's/^([a-z0-9_.-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 26
	@echo "Variables: V=1 (show commands) WERROR=1 STATIC=1 BUILD=FOLDER PROVE_FLAGS=-v"

# For clangd and other tools that read sources.
compile_commands.json: Makefile ## how each source is compiled, for editors
	@for file in $(user_sources) $(wildcard tests/*/*.c tests/live/helpers/*.c); do \
		printf '{"directory":"%s","file":"%s","arguments":[' '$(CURDIR)' "$$file"; \
		printf '"%s",' $(CC) $(subst ",\",$(CPPFLAGS)) $(CFLAGS); \
		printf '"-c","%s"]}\n' "$$file"; \
	done | sed '1s/^/[/; $$!s/$$/,/; $$s/$$/]/' > $@

ifneq ($(strip $(flags)),$(strip $(file <$(flags_file))))
$(flags_file): FORCE
endif
$(flags_file):
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(flags))' > $@

$(BUILD)/killsnoop: $(BUILD)/user/main.o $(library)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(program_flags) -o $@ $^ $(program_libs)

$(library): $(filter-out $(BUILD)/user/main.o,$(objects))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/user/%.o: user/%.c $(flags_file) | $(generated)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

bpf_compile = $(CLANG) $(BPF_CFLAGS) $(1) -MMD -MP -MT $@ -c -o $@ $< && $(LLVM_STRIP) -g $@

$(BUILD)/%.compiled.o: %.bpf.c $(flags_file)
	$(say) BPF $@
	@mkdir -p $(@D)
	$(Q)$(call bpf_compile)

$(BUILD)/bpf/untyped.compiled.o: bpf_define := -DKS_UNTYPED
$(BUILD)/bpf/cast.compiled.o: bpf_define := -DKS_CAST
$(BUILD)/bpf/untyped.compiled.o $(BUILD)/bpf/cast.compiled.o: bpf/killsnoop.bpf.c $(flags_file)
	$(say) BPF $@
	@mkdir -p $(@D)
	$(Q)$(call bpf_compile,$(bpf_define))

# Relocations of lines are settled: a quarter of the size.
$(BUILD)/%.bpf.o: $(BUILD)/%.compiled.o
	$(Q)$(BPFTOOL) gen object $@ $<

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst .,_,$(subst -,_,$(notdir $*))) > $@

# One for all objects, and with the bytes of none.
bpf_skeleton = $(BPFTOOL) gen skeleton $< name killsnoop | \
	sed '/__elf_bytes(size_t \*sz)$$/,/^}/ { /^[\\\t]/d; s/^{/{\n\t*sz = 0;\n\treturn NULL;/; }'

$(BUILD)/bpf/killsnoop.skel.h: $(BUILD)/bpf/killsnoop.bpf.o
	$(say) SKEL $@
	$(Q)$(bpf_skeleton) > $@

# The bytes of an object, deflated, as the items of an array: see user/kernel/objects.c. The skeleton
# fits it: they have the same maps, programs and variables.
$(BUILD)/bpf/%.gz.h: $(BUILD)/bpf/%.bpf.o $(BUILD)/bpf/killsnoop.skel.h
	$(say) GZIP $@
	$(Q)$(bpf_skeleton) | cmp - $(BUILD)/bpf/killsnoop.skel.h
	$(Q)gzip -9n <$< | od -An -v -tu1 | sed 's/[0-9][0-9]*/&,/g' > $@

# ---- for arm64, on any machine ----

# Debian's headers and libraries for arm64, and nothing of this machine.
arm64_root := build/arm64-sysroot
arm64_packages = env -u PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$(abspath $(arm64_root)) \
	PKG_CONFIG_LIBDIR=$(abspath $(arm64_root))/usr/lib/aarch64-linux-gnu/pkgconfig pkg-config
arm64_make = +$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/arm64 STATIC=1 SYSROOT=$(abspath $(arm64_root)) \
	CC=aarch64-linux-gnu-gcc AR=aarch64-linux-gnu-ar PKG_CONFIG='$(arm64_packages)'

# Debian's programs for arm64 that guests of tests/vm need.
arm64_guest := build/arm64-guest

arm64: $(arm64_root)/.complete ## a static killsnoop for arm64
	$(arm64_make) all

# Runs the tests of functions in QEMU.
arm64-unit: $(arm64_root)/.complete
	$(arm64_make) unit EMULATOR='qemu-aarch64-static -L $(abspath $(arm64_root))'

$(arm64_root)/.complete: scripts/arm64-sysroot scripts/archive.bash scripts/setup
	@command -v aarch64-linux-gnu-gcc >/dev/null || \
		{ echo "there is no compiler for arm64: sudo scripts/setup arm64" >&2; exit 1; }
	$(Q)scripts/arm64-sysroot $(arm64_root)
	@touch $@

$(arm64_guest)/.complete: scripts/arm64-sysroot scripts/archive.bash scripts/setup
	$(Q)bash -c '. scripts/setup && scripts/arm64-sysroot $(@D) "$${guest_packages[@]}"'
	@touch $@

# ---- tests ----

check: all unit replay live ## unit, replay and live

unit: $(unit_tests) ## functions
	$(Q)EMULATOR='$(EMULATOR)' prove $(PROVE_FLAGS) --exec tests/unit/run $(unit_tests)

replay: $(replay_tools) ## recorded bytes: no kernel, no root
	$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVE_FLAGS) tests/replay

package: ## the static build, packages and archives
	$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVE_FLAGS) tests/package

arm64-check: ## the build for arm64, unit tests in QEMU
	$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVE_FLAGS) tests/arm64

live: all $(live_helpers) ## this kernel, as root
	$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVE_FLAGS) tests/live

# Other tracers come and go for a long time, while each call of a sender is counted.
SOAK_SECONDS ?= 600

storms: all $(live_helpers) ## a core sends signals for 10 s; users flood while 300 killings have to be seen
	$(Q)KS_KILLINGS=300 KS_STORM=6000000 BUILD=$(abspath $(BUILD)) prove -v tests/live/storm.t tests/live/blinded.t

soak: all $(live_helpers) ## other tracers come and go for SOAK_SECONDS
	$(Q)KS_SOAK_SECONDS=$(SOAK_SECONDS) BUILD=$(abspath $(BUILD)) prove -v tests/live/tracers.t

# Shells start processes and signal those, while pids are used again all the time.
REUSE_SECONDS ?= 3600

reuse: all $(live_helpers) ## no signal of REUSE_SECONDS is one by a wrong pid that is none
	$(Q)KS_REUSE_SECONDS=$(REUSE_SECONDS) BUILD=$(abspath $(BUILD)) prove -v tests/live/reuse_storm.t

$(BUILD)/tests/unit/%: tests/unit/%.c $(library)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(unit_flags) -MMD -MP -o $@ $< $(library) -lcmocka $(LDLIBS)

# Its allocations fail when it wants: so they do under a sanitizer, which has an allocator of its own.
$(BUILD)/tests/unit/test_memory: unit_flags = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

$(BUILD)/tests/replay/%: tests/replay/%.c $(library)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(library) $(LDLIBS)

# Names of kernels, as scripts/vm-test takes them; none: its default.
VM_KERNELS ?=

vm: ## other kernels, in QEMU: VM_KERNELS
	+$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVE_FLAGS) scripts/vm-test $(if $(VM_KERNELS),:: $(VM_KERNELS))

# What vm-test brings into guests: static, so that one file runs on all kernels of its architecture.
vm-amd64:
	@[ '$(ARCH)' = x86 ] || { echo "programs for amd64 are built on amd64 only" >&2; exit 1; }
	+$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/static STATIC=1 guest-programs

vm-arm64: $(arm64_root)/.complete $(arm64_guest)/.complete
	@command -v $(ARM_CC) >/dev/null || \
		{ echo "there is no compiler for 32-bit ARM: sudo scripts/setup vm" >&2; exit 1; }
	$(arm64_make) guest-programs

guest-programs: all $(live_helpers) $(BUILD)/tests/vm/loadonly
	@:

$(BUILD)/tests/vm/%: tests/vm/%.c $(library)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(program_flags) -MMD -MP -o $@ $< $(library) $(program_libs)

$(BUILD)/tests/live/%: tests/live/helpers/%.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(helper_flags) -MMD -MP -pthread -o $@ $< $(helper_libs)

helper_flags = $(program_flags)
# That library calls the name service.
$(BUILD)/tests/live/auparse: helper_flags =
$(BUILD)/tests/live/auparse: helper_libs = $(shell $(PKG_CONFIG) --libs auparse)

$(BUILD)/tests/live/actor-arm: tests/live/helpers/actor.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(ARM_CC) -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra $(if $(WERROR),-Werror) -static -MMD -MP -pthread -o $@ $<

# Static: it also runs where there are no libraries.
$(BUILD)/tests/live/situations: LDFLAGS += -static

# Needs clang's libFuzzer. What it finds is written to $(BUILD)/fuzz; the corpus is kept there.
FUZZ_SECONDS ?= 60
fuzz_objects := $(patsubst user/%.c,$(BUILD)/fuzz/%.o,$(filter-out user/main.c,$(user_sources)))
fuzz_flags := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

fuzz-build: $(BUILD)/fuzz/fuzz_decode

fuzz: fuzz-build ## random records, for FUZZ_SECONDS
	@mkdir -p $(BUILD)/fuzz/corpus $(BUILD)/fuzz/seeds
	$(Q)cp tests/replay/*.rec $(BUILD)/fuzz/seeds
	$(Q)$(BUILD)/fuzz/fuzz_decode -max_total_time=$(FUZZ_SECONDS) -timeout=20 -max_len=65536 -print_final_stats=1 \
		-dict=tests/fuzz/values.dict -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus $(BUILD)/fuzz/seeds

fuzz-check:
	$(Q)BUILD=$(abspath $(BUILD)) prove $(PROVE_FLAGS) tests/fuzz

$(BUILD)/fuzz/fuzz_decode: tests/fuzz/fuzz_decode.c $(fuzz_objects)
	$(say) LINK $@
	$(Q)$(CLANG) $(CPPFLAGS) $(CFLAGS) $(fuzz_flags) -fsanitize=fuzzer $(LDFLAGS) -MMD -MP -o $@ \
		$< $(fuzz_objects) $(LDLIBS)

$(BUILD)/fuzz/%.o: user/%.c | $(generated)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(CFLAGS) $(fuzz_flags) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# ---- benchmark ----

bench: all $(BUILD)/bench $(BUILD)/bench-floor $(BUILD)/bench-format ## what tracing costs
	$(Q)tests/bench/run $(BUILD)

# Static: it also measures the exec of itself, as a small program.
$(BUILD)/bench: tests/bench/bench.c
	$(say) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -static -MMD -MP -o $@ $<

$(BUILD)/bench-floor: tests/bench/floor.c $(BUILD)/tests/bench/floor.skel.h
	$(say) CC $@
	$(Q)$(CC) $(CPPFLAGS) -I$(BUILD)/tests/bench $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< -lbpf

$(BUILD)/bench-format: tests/bench/format.c $(library)
	$(say) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(library) $(LDLIBS)

# ---- lint, install ----

lint: all ## sources and documents
	$(Q)BUILD=$(BUILD) scripts/lint

bin := $(DESTDIR)$(PREFIX)/bin/$(PROGRAM_PREFIX)killsnoop
man := $(DESTDIR)$(PREFIX)/share/man/man8/$(PROGRAM_PREFIX)killsnoop.8
completion := $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$(PROGRAM_PREFIX)killsnoop
unit := $(DESTDIR)$(UNITDIR)/$(PROGRAM_PREFIX)killsnoop.service
schema := $(DESTDIR)$(PREFIX)/share/$(PROGRAM_PREFIX)killsnoop/events.schema.json

install: all ## under DESTDIR, PREFIX
	install -D -m 755 $(BUILD)/killsnoop $(bin)
	install -D -m 644 user/doc/killsnoop.8 $(man)
	install -D -m 644 scripts/completion.bash $(completion)
	install -D -m 644 user/doc/events.schema.json $(schema)
	install -d $(dir $(unit))
	sed 's|@BINDIR@/|$(PREFIX)/bin/$(PROGRAM_PREFIX)|' scripts/killsnoop.service > $(unit)
	chmod 644 $(unit)

uninstall:
	rm -f $(bin) $(man) $(completion) $(schema) $(unit)
	-rmdir $(dir $(schema))

# ---- packages ----

DIST ?= $(BUILD)/dist
# Beside the documents that `install` knows, for those who have nothing but the archive.
dist_doc := $(BUILD)/root/usr/local/share/doc/killsnoop

deb: ## the Debian package
	$(Q)scripts/deb $(BUILD)/deb

# The sources, and a static binary for this machine.
dist: ## archives of sources and static binary
	$(Q)scripts/dist $(DIST)
	+$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/static STATIC=1 DIST=$(DIST) dist-binary

dist-arm64: arm64
	$(arm64_make) DIST=$(DIST) dist-binary

dist-binary: all
	$(Q)rm -rf $(BUILD)/root
	+$(Q)$(MAKE) --no-print-directory -s DESTDIR=$(BUILD)/root PREFIX=/usr/local PROGRAM_PREFIX= install
	$(Q)install -D -m 644 -t $(dist_doc) README.md LICENSE
	$(Q)scripts/dist $(DIST) $(BUILD)/root/usr/local $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

clean: ## removes the build
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -path '*/arm64-*' -prune -o -type f -name '*.d' -print 2>/dev/null)
