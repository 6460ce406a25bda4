# How our code is compiled. Two interface libraries: onit_build for everything, onit_code for what is shipped.

# -Wswitch-enum and no -Wswitch-default: a switch lists every enumerator, so that a new one is found everywhere.
set(ONIT_WARNINGS
  -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wcast-qual
  -Wcast-align -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wswitch-enum -Wundef -Wvla
  -Wmissing-declarations -Wextra-semi -Wunused)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND ONIT_WARNINGS -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()

add_library(onit_build INTERFACE)
target_include_directories(onit_build INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(onit_build INTERFACE ${ONIT_WARNINGS})
# Tests too: a class whose key function is ours has type information in neither or in both.
target_compile_options(onit_build INTERFACE -fno-rtti)

add_library(onit_code INTERFACE)
target_link_libraries(onit_code INTERFACE onit_build)
target_compile_options(onit_code INTERFACE -fno-exceptions)

if(ONIT_SANITIZE)
  add_compile_options(-fsanitize=${ONIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ONIT_SANITIZE})
endif()
if(ONIT_COVERAGE)
  # Atomic: a fork()ed child and a signal handler count too.
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(ONIT_SHIP_AS)
  # The release. Measured with an init of 40 KB on x86-64; the memory is that of the idle process:
  #   -z noseparate-code    2.8 KB smaller, one page fault and one dirty page less
  #   -z norelro            2 KB smaller; with a vfork-like spawn two page faults and one dirty page less. Nothing is
  #                         lost: the start-up code of a static musl program never makes these pages read-only
  #   layout.ld, max-page-size  half of the memory at idle that is mapped from the file (PSS); see there
  #   -flto                 38 KB smaller with the services; floors.cmake names what is exempt, for layout.ld's sake
  #   -fno-inline-functions-called-once  3 KB smaller: what lies far up in a large frame needs long instructions
  # .data and .bss together have to stay below 4,096 bytes: then they take one page of memory, not two (readelf -lW).
  # No gain: --no-eh-frame-hdr, -fno-plt, --hash-style, -Bsymbolic, -fno-threadsafe-statics.
  # Larger: -fno-omit-frame-pointer (16 KB), -fno-ipa-cp with -fno-ipa-sra, --param max-inline-insns-size, -fno-tree-pre
  # with -fno-gcse. clang 14 with LTO and its outliner comes within 1 % of GCC.
  # A fixed address instead of static-pie saves a dirty page only where fork() is used: not worth giving up ASLR.
  add_compile_options(
    -fPIE -ffunction-sections -fdata-sections -fno-unwind-tables -fno-asynchronous-unwind-tables -flto
    -fno-inline-functions-called-once)
  add_link_options(
    -flto-partition=one -ffunction-sections -fdata-sections -static-pie -Wl,--gc-sections -Wl,-z,noseparate-code
    -Wl,-z,norelro -Wl,--build-id=none -Wl,-z,max-page-size=65536 -Wl,-T,${PROJECT_SOURCE_DIR}/cmake/layout.ld)
endif()

# What most files read first takes them longer than their own lines: read once, the builds for tests take half the time.
# The release reads it file by file, so that an include that is missing is missed somewhere.
set(ONIT_COMMON_HEADERS <algorithm> <array> <chrono> <optional> <span> <string> <string_view> <vector>)

# onit_precompile(TARGET [LIKE]): for TARGET, or what was read for LIKE, which is compiled with the same options.
function(onit_precompile target)
  if(NOT ONIT_SHIP_AS)
    if(ARGN)
      target_precompile_headers(${target} REUSE_FROM ${ARGN})
    else()
      target_precompile_headers(${target} PRIVATE ${ONIT_COMMON_HEADERS})
    endif()
  endif()
endfunction()
