/* SPDX-License-Identifier: GPL-2.0-only */
/* User space has the same structures, by other names. */
#ifndef SHIM_ELF_H
#define SHIM_ELF_H

#include <elf.h>

struct elf32_hdr { Elf32_Ehdr; };
struct elf64_hdr { Elf64_Ehdr; };
struct elf32_phdr { Elf32_Phdr; };
struct elf64_phdr { Elf64_Phdr; };
struct elf32_note { Elf32_Nhdr; };

#endif
