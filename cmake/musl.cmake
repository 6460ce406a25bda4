# The release toolchain: Debian's g++-12, musl, and libstdc++ as scripts/bootstrap-musl-cxx builds it.
# MUSL_ARCH is the architecture to build for; by default that of this machine.

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MUSL_ARCH)
if(NOT MUSL_ARCH)
  set(MUSL_ARCH ${CMAKE_HOST_SYSTEM_PROCESSOR})
endif()
set(MUSL_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../.toolchain/${MUSL_ARCH}")
get_filename_component(MUSL_PREFIX "${MUSL_PREFIX}" ABSOLUTE)

# CMake reads this file again for each of its trial compilations; once is enough for the library.
get_property(_in_try_compile GLOBAL PROPERTY IN_TRY_COMPILE)
if(NOT _in_try_compile)
  execute_process(
    COMMAND "${CMAKE_CURRENT_LIST_DIR}/../scripts/bootstrap-musl-cxx" "${MUSL_PREFIX}" ${MUSL_ARCH}
    COMMAND_ERROR_IS_FATAL ANY)
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${MUSL_ARCH})
set(CMAKE_C_COMPILER ${MUSL_ARCH}-linux-gnu-gcc-12)
set(CMAKE_CXX_COMPILER ${MUSL_ARCH}-linux-gnu-g++-12)
# GCC's own: they read what is left to be compiled at the link.
find_program(CMAKE_AR ${MUSL_ARCH}-linux-gnu-gcc-ar-12)
find_program(CMAKE_RANLIB ${MUSL_ARCH}-linux-gnu-gcc-ranlib-12)
if(NOT MUSL_ARCH STREQUAL CMAKE_HOST_SYSTEM_PROCESSOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${MUSL_ARCH}-static)
endif()
# Nothing of the machine's own libraries: they were built for glibc.
set(CMAKE_FIND_ROOT_PATH "${MUSL_PREFIX}")
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# Where to find things. Whatever decides what the code is like is in CMakeLists.txt.
# _FORTIFY_SOURCE (on by default in Ubuntu) would call functions that only glibc has.
set(CMAKE_CXX_FLAGS_INIT "\
 -specs=${MUSL_PREFIX}/musl.specs -U_FORTIFY_SOURCE -nostdinc++\
 -isystem ${MUSL_PREFIX}/include/c++ -isystem ${MUSL_PREFIX}/include/c++/${MUSL_ARCH}-linux-musl")
