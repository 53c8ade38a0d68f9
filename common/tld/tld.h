// Which top-level domains there are, from the Public Suffix List that Debian's package publicsuffix installs (libpsl's own where it
// is newer). Pure and thread-safe; the first call of a process reads the list from disk.
#pragma once

#include <string_view>

namespace carillon::tld {

// True for "com", "COM", "рф" and "xn--p1ai". `before` is the label left of it, without dots: a few countries have suffixes of two
// labels only ("co.za", but no "za"), and these are known by both.
bool IsTopLevelDomain(std::string_view label, std::string_view before = "");

// True where `host` is two labels or more, and the last is a top-level domain.
bool HasTopLevelDomain(std::string_view host);

}  // namespace carillon::tld
