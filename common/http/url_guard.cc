#include "common/http/url_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace carillon::http {
namespace {

constexpr size_t kUrlBytesMax = 4096;

struct V4Range {
  uint32_t base;
  int bits;
};

constexpr uint32_t V4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

// IANA IPv4 special-purpose registry, all that is not globally reachable, and one metadata service outside of it.
constexpr std::array kNotPublicV4 = {
    V4Range{V4(0, 0, 0, 0), 8},         // "this network"
    V4Range{V4(10, 0, 0, 0), 8},        // private
    V4Range{V4(100, 64, 0, 0), 10},     // carrier-grade NAT
    V4Range{V4(127, 0, 0, 0), 8},       // loopback
    V4Range{V4(169, 254, 0, 0), 16},    // link-local, cloud metadata
    V4Range{V4(172, 16, 0, 0), 12},     // private
    V4Range{V4(192, 0, 0, 0), 24},      // IETF protocol assignments
    V4Range{V4(192, 0, 2, 0), 24},      // documentation
    V4Range{V4(192, 88, 99, 0), 24},    // 6to4 relay anycast
    V4Range{V4(192, 168, 0, 0), 16},    // private
    V4Range{V4(198, 18, 0, 0), 15},     // benchmarking
    V4Range{V4(198, 51, 100, 0), 24},   // documentation
    V4Range{V4(203, 0, 113, 0), 24},    // documentation
    V4Range{V4(224, 0, 0, 0), 4},       // multicast
    V4Range{V4(240, 0, 0, 0), 4},       // reserved, broadcast
    V4Range{V4(168, 63, 129, 16), 32},  // Azure's host services
};

bool IsPublicV4(uint32_t address) {
  for (const V4Range& range : kNotPublicV4) {
    const uint32_t mask = range.bits == 32 ? ~0U : ~(~0U >> range.bits);
    if ((address & mask) == range.base) return false;
  }
  return true;
}

uint32_t V4At(const uint8_t* bytes) { return V4(bytes[0], bytes[1], bytes[2], bytes[3]); }

bool StartsWith(const uint8_t* bytes, std::initializer_list<int> prefix) {
  for (int expected : prefix) {
    if (*bytes++ != expected) return false;
  }
  return true;
}

bool IsPublicV6(const uint8_t* b) {
  if (StartsWith(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}))
    return IsPublicV4(V4At(b + 12));  // mapped
  if (StartsWith(b, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))
    return IsPublicV4(V4At(b + 12));        // NAT64
  if ((b[0] & 0xe0) != 0x20) return false;  // outside 2000::/3: nothing is global unicast
  if (StartsWith(b, {0x20, 0x02})) return IsPublicV4(V4At(b + 2));  // 6to4
  if (StartsWith(b, {0x20, 0x01}) && b[2] < 2)
    return false;  // 2001::/23, IETF assignments (Teredo, ORCHID, ...)
  if (StartsWith(b, {0x20, 0x01, 0x0d, 0xb8})) return false;     // documentation
  if (StartsWith(b, {0x3f, 0xff}) && b[2] < 0x10) return false;  // documentation, 3fff::/20
  return true;
}

struct CurlUrl {
  CURLU* handle = curl_url();
  CurlUrl() = default;
  CurlUrl(const CurlUrl&) = delete;
  CurlUrl& operator=(const CurlUrl&) = delete;
  ~CurlUrl() { curl_url_cleanup(handle); }

  std::string Part(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(handle, part, &text, flags) != CURLUE_OK || text == nullptr) return "";
    std::string out = text;
    curl_free(text);
    return out;
  }
};

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Status BadUrl(std::string_view what, std::map<std::string, std::string> params = {}) {
  return Refuse(Code::kInvalidArgument, "BAD_URL", what, std::move(params));
}

bool IsLocalName(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost") || host.ends_with(".local") ||
         host.ends_with(".internal");
}

bool IsAddressText(const std::string& host) {
  in6_addr buffer;
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

Result<UrlParts> Parse(std::string_view url) {
  if (url.empty())
    return BadUrl("the URL is empty; write it in full, as in https://example.social");
  if (url.size() > kUrlBytesMax)
    return BadUrl(fmt::format("the URL is longer than {} bytes", kUrlBytesMax));
  CurlUrl parsed;
  if (parsed.handle == nullptr)
    return MakeStatus(Code::kResourceExhausted, "out of memory for a URL");
  const CURLUcode code = curl_url_set(parsed.handle, CURLUPART_URL, std::string(url).c_str(), 0);
  if (code != CURLUE_OK) {
    return BadUrl(
        fmt::format("this is not a URL: {}; write it in full, as in https://example.social",
                    curl_url_strerror(code)));
  }
  UrlParts parts;
  parts.scheme = Lower(parsed.Part(CURLUPART_SCHEME));
  parts.host = Lower(parsed.Part(CURLUPART_HOST));
  if (parts.host.size() > 2 && parts.host.front() == '[')
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  const std::string port = parsed.Part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  parts.port = port.empty() ? 0 : std::atoi(port.c_str());
  parts.path = parsed.Part(CURLUPART_PATH);
  parts.query = parsed.Part(CURLUPART_QUERY);
  if (parts.scheme != "http" && parts.scheme != "https") {
    return BadUrl(fmt::format("the scheme '{}' is not supported; use https", parts.scheme),
                  {{"scheme", parts.scheme}});
  }
  if (parts.host.empty()) return BadUrl("the URL has no host");
  if (parts.port < 1 || parts.port > 65535) return BadUrl("the URL's port must be 1 to 65535");
  if (!parsed.Part(CURLUPART_USER).empty() || !parsed.Part(CURLUPART_PASSWORD).empty()) {
    return BadUrl(
        "the URL must not carry a user name or password; credentials are given on their own",
        {{"host", parts.host}});
  }
  if (!parsed.Part(CURLUPART_ZONEID).empty())
    return BadUrl("the URL must not carry a network zone", {{"host", parts.host}});
  const std::string bracketed =
      parts.host.find(':') == std::string::npos ? parts.host : "[" + parts.host + "]";
  const int usual_port = parts.scheme == "https" ? 443 : 80;
  parts.origin = parts.scheme + "://" + bracketed +
                 (parts.port == usual_port ? "" : fmt::format(":{}", parts.port));
  return parts;
}

}  // namespace

bool IsPublicAddress(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    return IsPublicV4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    return IsPublicV6(v6.sin6_addr.s6_addr);
  }
  return false;
}

bool IsPublicAddressText(std::string_view address) {
  const std::string text(address);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return IsPublicV4(ntohl(v4.s_addr));
  in6_addr v6;
  return inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IsPublicV6(v6.s6_addr);
}

Result<UrlParts> CheckUrl(std::string_view url, bool allow_private_addresses) {
  ASSIGN_OR_RETURN(UrlParts parts, Parse(url));
  if (allow_private_addresses) return parts;
  if (parts.scheme != "https") {
    return BadUrl("the URL must use https", {{"scheme", parts.scheme}, {"host", parts.host}});
  }
  if (IsLocalName(parts.host) || (IsAddressText(parts.host) && !IsPublicAddressText(parts.host))) {
    return Refuse(
        Code::kInvalidArgument, "PRIVATE_ADDRESS",
        fmt::format(
            "'{}' is a loopback, private or reserved address; only the operator can allow these "
            "(--allow-private-addresses)",
            parts.host),
        {{"host", parts.host}});
  }
  return parts;
}

}  // namespace carillon::http
