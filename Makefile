# Builds, installs and tests migrate. `make help` lists the targets.
#
# Two artefacts stand on one core: the SQLite module (build/sqlite/migrate.so, and libmigrate.a for
# hosts that load no extensions) and, where a pg_config with PGXS is found, the PostgreSQL module.
# PGXS puts its objects next to the sources; every other build has a directory below build/:
#
#   sqlite   the loadable module                core     the same for linking into a host
#   unit     the unit tests                     asan     unit tests and module, ASan and UBSan
#   pg-asan  PostgreSQL module, ASan and UBSan  gcc, clang, pg   compiled for warnings only
#   fuzz     libFuzzer programs (clang)
#
# WERROR=1 turns warnings into errors. PG_CONFIG=... chooses a PostgreSQL; PG_CONFIG=no builds
# without.

comma := ,
.DEFAULT_GOAL := all
PG_CONFIG ?= pg_config

version := $(shell sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' META.json | head -n 1)
version_define := -DMIG_VERSION='"$(version)"'
werror := $(if $(filter 1,$(WERROR)),-Werror)

shared_srcs := $(wildcard shared/*.c)
sqlite_srcs := $(wildcard sqlite_ext/*.c)
pg_srcs := $(wildcard pg_ext/*.c)
unit_frame := $(filter-out test/unit/test_%,$(wildcard test/unit/*.c))
unit_tests := $(wildcard test/unit/test_*.c)
fuzz_frame := $(filter-out test/fuzz/fuzz_%,$(wildcard test/fuzz/*.c)) \
	$(wildcard test/fuzz/fuzz_main.c)
fuzz_tests := $(filter-out test/fuzz/fuzz_main.c,$(wildcard test/fuzz/fuzz_*.c))
fault_tests := $(wildcard test/fault/*.c)
bench_tests := $(wildcard test/bench/*.c)

# ---- PostgreSQL ------------------------------------------------------------------------------

pgxs := $(wildcard $(if $(filter-out no,$(PG_CONFIG)),$(shell $(PG_CONFIG) --pgxs 2>/dev/null)))
pg_warnings := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare
pg_shared_objs := $(shared_srcs:.c=.o)

ifneq ($(pgxs),)
ifneq ($(pg_srcs),)
MODULE_big = migrate
EXTENSION = pg_ext/migrate
DATA = $(wildcard sql/migrate--*.sql)
OBJS = $(pg_shared_objs) $(pg_srcs:.c=.o)
PG_CPPFLAGS = -iquote shared -MMD -MP $(version_define)
PG_CFLAGS = $(pg_warnings) $(werror)
SHLIB_LINK = -lnettle -lyaml -lcrypt
REGRESS = $(basename $(notdir $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --launcher=$(CURDIR)/test/plain.sh
ISOLATION = $(basename $(notdir $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=. --launcher=$(CURDIR)/test/plain.sh
override with_llvm = no
PGXS := $(pgxs)
include $(PGXS)

# The adapter's objects stay visible: servers before 16 find its functions by default visibility.
$(pg_shared_objs): CFLAGS += -fvisibility=hidden
$(OBJS): Makefile META.json
$(shlib): build/sources.list
-include $(wildcard shared/*.d pg_ext/*.d)
with_pg := yes
endif
endif

ifndef with_pg
prefix ?= /usr/local
libdir ?= $(prefix)/lib
INSTALL ?= install
endif

# ---- the core and SQLite ---------------------------------------------------------------------

OPT ?= -O2 -g
warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wundef -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 \
	-Wswitch-enum -Wnull-dereference -Wimplicit-fallthrough -Wdeclaration-after-statement
core_cppflags := -iquote shared $(version_define)
core_cflags := -std=c99 $(warnings) -fPIC
posix := -D_POSIX_C_SOURCE=200809L
sanitize := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
fuzz_cc ?= clang
no_undefined := $(if $(filter Linux,$(shell uname -s)),-Wl$(comma)-z$(comma)defs)

variant_cc_sqlite = $(CC)
variant_cc_core = $(CC)
variant_cc_unit = $(CC)
variant_cc_asan = gcc
variant_cc_fuzz = $(fuzz_cc)
variant_cc_gcc = gcc
variant_cc_clang = clang
variant_flags_sqlite = $(OPT) -fvisibility=hidden $(werror)
variant_flags_core = $(OPT) -fvisibility=hidden -DSQLITE_CORE $(werror)
variant_flags_unit = $(OPT) $(werror)
variant_flags_asan = $(sanitize)
variant_flags_fuzz = $(sanitize) -fsanitize=fuzzer-no-link
variant_flags_gcc = -O2 -Werror
variant_flags_clang = -O2 -Werror
variants := sqlite core unit asan fuzz gcc clang

# objects VARIANT, SOURCES
objects = $(patsubst %.c,build/$(1)/%.o,$(2))

define variant_rules
build/$(1)/shared/%.o: shared/%.c Makefile META.json
	@mkdir -p $$(@D)
	$$(variant_cc_$(1)) $$(core_cppflags) $$(core_cflags) $$(variant_flags_$(1)) -MMD -MP -c -o $$@ $$<

build/$(1)/%.o: %.c Makefile META.json
	@mkdir -p $$(@D)
	$$(variant_cc_$(1)) $$(core_cppflags) -Itest/unit $$(posix) $$(core_cflags) $$(variant_flags_$(1)) \
		-MMD -MP -c -o $$@ $$<

-include $$(wildcard build/$(1)/*/*.d build/$(1)/*/*/*.d)
endef
$(foreach v,$(variants),$(eval $(call variant_rules,$(v))))

all_srcs := $(shared_srcs) $(sqlite_srcs) $(pg_srcs)
# Changes when a source file comes or goes, so that what is linked from all of them is linked again.
build/sources.list: force
	@mkdir -p $(@D)
	@echo '$(all_srcs)' | cmp -s - $@ || echo '$(all_srcs)' >$@

build/sqlite/migrate.so: $(call objects,sqlite,$(shared_srcs) $(sqlite_srcs)) build/sources.list
	$(CC) -shared $(no_undefined) -o $@ $(filter %.o,$^) -lnettle -lyaml -lcrypt

build/sqlite/libmigrate.a: $(call objects,core,$(shared_srcs) $(sqlite_srcs)) build/sources.list
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

sqlite_products := $(if $(sqlite_srcs),build/sqlite/migrate.so build/sqlite/libmigrate.a)
sqlite: $(sqlite_products)
all: sqlite

install: install-sqlite
install-sqlite: $(sqlite_products)
	mkdir -p '$(DESTDIR)$(libdir)'
	$(INSTALL) -m 755 build/sqlite/migrate.so '$(DESTDIR)$(libdir)/migrate.so'

# Also right where PostgreSQL's own files have gone since the build.
clean: clean-build
clean-build:
	rm -rf build results regression.diffs regression.out migrate.so shared/*.[od] pg_ext/*.[od]

# ---- test programs ---------------------------------------------------------------------------

define unit_program_rules
build/$(1)/libunit.a: $$(call objects,$(1),$$(shared_srcs) $$(unit_frame)) build/sources.list
	rm -f $$@
	$$(AR) rcs $$@ $$(filter %.o,$$^)

build/$(1)/test_%: build/$(1)/test/unit/test_%.o build/$(1)/libunit.a
	$$(variant_cc_$(1)) $$(variant_flags_$(1)) -o $$@ $$^ -lnettle -lyaml -lcrypt $$(if $$(filter %_sqlite,$$@),-lsqlite3)
endef
$(eval $(call unit_program_rules,unit))
$(eval $(call unit_program_rules,asan))

build/asan/migrate.so: $(call objects,asan,$(shared_srcs) $(sqlite_srcs)) build/sources.list
	gcc $(sanitize) -shared -o $@ $(filter %.o,$^) -lnettle -lyaml -lcrypt

# The corpus is replayed by programs with a main of their own; clang links the same targets with
# libFuzzer.
build/asan/fuzz_%: build/asan/test/fuzz/fuzz_%.o $(call objects,asan,$(fuzz_frame)) \
		build/asan/libunit.a
	gcc $(sanitize) -o $@ $^ -lnettle -lyaml -lcrypt

build/fuzz/fuzz_%: build/fuzz/test/fuzz/fuzz_%.o $(call objects,fuzz,$(shared_srcs) $(unit_frame)) \
		build/sources.list
	$(fuzz_cc) $(sanitize) -fsanitize=fuzzer -o $@ $(filter %.o,$^) -lnettle -lyaml -lcrypt

build/core/fault_%: build/core/test/fault/fault_%.o build/sqlite/libmigrate.a
	$(CC) $(OPT) -o $@ $^ -lsqlite3 -lnettle -lyaml -lcrypt -lpthread -ldl -lm

build/unit/bench_%: build/unit/test/bench/bench_%.o build/unit/libunit.a
	$(CC) $(OPT) -o $@ $^ -lnettle -lyaml -lcrypt -lm

build/gcc/test/bench/%.o build/clang/test/bench/%.o: core_cppflags += \
	-isystem $(shell $(PG_CONFIG) --includedir 2>/dev/null)

build/core/host: build/core/test/static/host.o build/sqlite/libmigrate.a
	$(CC) $(OPT) -o $@ $^ -lsqlite3 -lnettle -lyaml -lcrypt -lpthread -ldl -lm

program = $(patsubst test/$(3)/%.c,build/$(1)/%,$(2))
unit_programs := $(call program,unit,$(unit_tests),unit)
asan_programs := $(call program,asan,$(unit_tests),unit)
replay_programs := $(call program,asan,$(fuzz_tests),fuzz)
fuzz_programs := $(call program,fuzz,$(fuzz_tests),fuzz)

test-unit-programs: $(unit_programs)
test-asan-programs: $(asan_programs) $(replay_programs) $(if $(sqlite_srcs),build/asan/migrate.so)
test-programs: test-unit-programs test-asan-programs
fuzz-programs: $(fuzz_programs)

# Everything once more by both compilers, every warning an error.
warnings-gcc: $(call objects,gcc,$(shared_srcs) $(sqlite_srcs) $(unit_frame) $(unit_tests) \
	$(fuzz_frame) $(fuzz_tests) $(fault_tests) $(bench_tests))
warnings-clang: $(call objects,clang,$(shared_srcs) $(sqlite_srcs) $(unit_frame) $(unit_tests) \
	$(fuzz_frame) $(fuzz_tests) $(fault_tests) $(bench_tests))
warnings: warnings-gcc warnings-clang warnings-pg
ifdef with_pg
build/pg/%.o: %.c Makefile META.json
	@mkdir -p $(@D)
	$(COMPILE.c) -Werror -o $@ $<
-include $(wildcard build/pg/*/*.d)
warnings-pg: $(patsubst %.c,build/pg/%.o,$(shared_srcs) $(pg_srcs))

# For a server into which the sanitizers' runtime is preloaded: test/asan/run.sh.
build/pg-asan/%.o: %.c Makefile META.json
	@mkdir -p $(@D)
	gcc $(CFLAGS) $(CPPFLAGS) $(sanitize) -c -o $@ $<
-include $(wildcard build/pg-asan/*/*.d)

build/pg-asan/migrate.so: $(patsubst %.c,build/pg-asan/%.o,$(shared_srcs) $(pg_srcs)) \
		build/sources.list
	gcc $(sanitize) -shared -o $@ $(filter %.o,$^) $(SHLIB_LINK)

build/pg-asan/early.so: test/asan/early.c
	@mkdir -p $(@D)
	gcc -O1 -shared -fPIC -Wl,-z,initfirst -o $@ $<
endif

# ---- what people type ------------------------------------------------------------------------

demo:
	@scripts/setup.sh demo
	@$(MAKE) --no-print-directory -s sqlite
	@scripts/demo.sh

test:
	@scripts/setup.sh test
	@test/run.sh

test-long:
	@scripts/setup.sh oracle
	@test/run.sh --long

bench:
	@scripts/setup.sh test
	@test/bench/run.sh

fuzz:
	@scripts/setup.sh test
	@test/fuzz/run.sh long

oracle:
	@scripts/setup.sh oracle
	@test/oracle/run.sh

fault-long:
	@scripts/setup.sh test
	@test/fault/run.sh long

kill-long:
	@scripts/setup.sh test
	@KILL_LONG=yes SEED_KILLS=100 test/postgresql/run.sh crash seed

asan-long:
	@scripts/setup.sh test
	@test/asan/run.sh long

format:
	@scripts/lint.sh --format

lint:
	@scripts/lint.sh

tidy:
	clang-tidy --quiet $(shared_srcs) $(sqlite_srcs) -- $(core_cppflags) $(posix) -std=c99

check-version:
	@scripts/check-version.sh

help:
	@echo 'make             the SQLite module, and the PostgreSQL module where pg_config is found'
	@echo 'make sqlite      the SQLite module only'
	@echo 'make install     install both (DESTDIR, PG_CONFIG, libdir as usual)'
	@echo 'make demo        from nothing to a migrated SQLite file, with all set-up'
	@echo 'make test        every test, with all set-up; test/run.sh NAME runs one suite'
	@echo 'make test-long   every test with the long forms of the random ones'
	@echo 'make bench       the measurements'
	@echo 'make fuzz        fuzz the parsers (FUZZ_SECONDS each)'
	@echo 'make oracle      compare with Alembic on fresh random cases'
	@echo 'make fault-long  every fault at every point of every action'
	@echo 'make kill-long   kill -9 of sessions and servers in the middle of runs, 1,850 times'
	@echo 'make asan-long   the PostgreSQL module under ASan and UBSan in all that its suites do'
	@echo 'make lint        format, static analysis, house rules; make format repairs the first'
	@echo 'make clean       remove what was built'

.PHONY: all sqlite install install-sqlite clean clean-build test-programs test-unit-programs \
	test-asan-programs fuzz-programs warnings warnings-gcc warnings-clang warnings-pg demo test test-long bench \
	fuzz oracle fault-long kill-long asan-long format lint tidy check-version help force
.SECONDARY:
