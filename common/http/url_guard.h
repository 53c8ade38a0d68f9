// Which addresses this program may be sent to by a URL that a user typed (the defence against server-side request forgery).
//
// CheckUrl judges the text: scheme https (http only where private addresses are allowed), a host, no user:password, and a host
// that is not itself a private address in any of its spellings (decimal, octal, hex, v4 in v6). IsPublicAddress judges the
// address of the socket when it is made, so what a name resolves to at that moment is what counts, and rebinding gains nothing.
// Pure functions; nothing blocks. Ranges: IANA's special-purpose registries (RFC 6890) and cloud metadata addresses within them.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace carillon::http {

struct UrlParts {
  std::string scheme;
  std::string host;  // lower case; a v6 address without brackets
  int port = 0;      // the scheme's if none is written
  std::string path;
  std::string query;
  // "https://host:port", the port only where it is not the scheme's.
  std::string origin;
};

// INVALID_ARGUMENT, reason BAD_URL or PRIVATE_ADDRESS, with the url's scheme and host (never its query) as parameters.
Result<UrlParts> CheckUrl(std::string_view url, bool allow_private_addresses);

// False for loopback, private, link-local, unique local, carrier-grade NAT, multicast, documentation, benchmarking, reserved and
// unspecified addresses, for v6 forms that carry such a v4 address (mapped, compatible, NAT64, 6to4), and for families other
// than v4 and v6.
bool IsPublicAddress(const sockaddr* address);
// The same for a textual v4 or v6 address; false for what is no address.
bool IsPublicAddressText(std::string_view address);

}  // namespace carillon::http
