# The extension, by PGXS: make, make install, make installcheck. The core alone builds by CMakeLists.txt.
EXTENSION = pg_prompt
MODULE_big = pg_prompt

VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pg_prompt.control)
core_sources := $(wildcard src/core/*.cpp src/core/*/*.cpp src/core/*/*/*.cpp)
pg_sources := $(wildcard src/pg/*.cpp)
OBJS = $(core_sources:.cpp=.o) $(pg_sources:.cpp=.o)

# One install script, from the parts of src/sql in the order of their numbers; update scripts stand there whole.
sql_parts := $(sort $(wildcard src/sql/[0-9]*.sql))
install_script := pg_prompt--$(VERSION).sql
DATA_built = $(install_script)
DATA = $(wildcard src/sql/pg_prompt--*--*.sql)
EXTRA_CLEAN = $(install_script) $(OBJS:.o=.d) results regression.diffs regression.out output_iso

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --inputdir=.
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=output_iso

PKG_CONFIG ?= pkg-config
LIBRARIES = re2 icu-uc icu-i18n simdjson
PG_CXXFLAGS = -std=c++17 -Isrc $(shell $(PKG_CONFIG) --cflags $(LIBRARIES)) -MMD -MP
SHLIB_LINK = $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lstdc++ -Wl,--version-script=src/pg/exports.map

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
# PGXS compiles bitcode without PG_CXXFLAGS, which C++17 needs; the server's JIT gains nothing from these functions.
override with_llvm = no
include $(PGXS)

# The core is compiled without the server's include path, and with the server's words forbidden.
# -O3 renders a tenth faster than -O2.
OPTIMISE ?= -O3
CORE_FLAGS = -include src/core/server_words.h -fno-semantic-interposition $(OPTIMISE)
src/core/%.o: override CPPFLAGS := -D_GNU_SOURCE
src/core/%.o: override CXXFLAGS += $(CORE_FLAGS)
$(pg_sources:.cpp=.o): override CXXFLAGS += -Wno-register

$(install_script): $(sql_parts) pg_prompt.control Makefile
	{ printf '%s\n' '\echo Use "CREATE EXTENSION pg_prompt" to load this file. \quit'; cat $(sql_parts); } > $@

pg_prompt.so: src/pg/exports.map

-include $(OBJS:.o=.d)
