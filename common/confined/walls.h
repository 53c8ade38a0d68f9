// The walls around a process, prepared before it is made: between fork and exec only system calls are allowed. Inside of this library.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "common/confined/confined.h"

namespace carillon::confined {

// A Landlock rule set for the program; -1 where the kernel has none.
int MakeFileWall(const Program& program);
// seccomp: what no decoder of pictures needs is EPERM. Empty for processors that it was not written for.
std::vector<sock_filter> MakeCallFilter();

// In the child: puts everything up. Only system calls. False: something that is there could not be put up.
bool PutUpWalls(const Program& program, int file_wall, const std::vector<sock_filter>& filter);

}  // namespace carillon::confined
