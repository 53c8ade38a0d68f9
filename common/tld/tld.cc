#include "common/tld/tld.h"

#include <libpsl.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <string>

#include "common/base/check.h"

namespace carillon::tld {
namespace {

// DNS has no longer label.
constexpr size_t kLabelBytesMax = 63;

const psl_ctx_t& List() {
  static const psl_ctx_t* list = [] {
    const psl_ctx_t* latest = psl_latest(nullptr);
    if (latest == nullptr) latest = psl_builtin();
    CARILLON_CHECK(latest != nullptr, "there is no list of top-level domains: install the package publicsuffix");
    return latest;
  }();
  return *list;
}

void AppendLower(std::string_view text, std::string& out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT_OR_FFFD(bytes, i, size, c);
    uint8_t lower[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(lower, length, u_tolower(c));
    out.append(reinterpret_cast<const char*>(lower), length);
  }
}

bool IsListed(const std::string& suffix) {
  return psl_is_public_suffix2(&List(), suffix.c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

}  // namespace

bool IsTopLevelDomain(std::string_view label, std::string_view before) {
  if (label.empty() || label.size() > kLabelBytesMax) return false;
  if (label.find_first_of(std::string_view(".\0", 2)) != std::string_view::npos) return false;
  std::string suffix;
  AppendLower(label, suffix);
  if (IsListed(suffix)) return true;
  if (before.empty() || before.size() > kLabelBytesMax || before.find('\0') != std::string_view::npos) return false;
  std::string both;
  AppendLower(before, both);
  return IsListed(both + "." + suffix);
}

bool HasTopLevelDomain(std::string_view host) {
  const size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view left = host.substr(0, dot);
  const size_t begin = left.rfind('.') + 1;  // npos + 1 is 0
  return IsTopLevelDomain(host.substr(dot + 1), left.substr(begin));
}

}  // namespace carillon::tld
