#include "common/platform/bluesky/dpop.h"

#include "common/jose/dpop.h"
#include "common/platform/json.h"

namespace carillon::bluesky {
namespace {

constexpr size_t kOriginsMax = 10'000;
constexpr size_t kNonceBytesMax = 512;
constexpr char kNonceHeader[] = "DPoP-Nonce";
constexpr std::string_view kWantsNonce = "use_dpop_nonce";

DpopNonces& Shared() {
  static auto* nonces = new DpopNonces();
  return *nonces;
}

// "https://pds.example" of "https://pds.example/xrpc/...".
std::string OriginOf(const std::string& url) {
  const size_t host = url.find("://");
  return host == std::string::npos ? url : url.substr(0, url.find_first_of("/?#", host + 3));
}

}  // namespace

std::string DpopNonces::Of(const std::string& origin) const {
  std::lock_guard lock(mutex_);
  const auto found = by_origin_.find(origin);
  return found == by_origin_.end() ? "" : found->second;
}

void DpopNonces::Keep(const std::string& origin, const std::string& nonce) {
  if (nonce.empty() || nonce.size() > kNonceBytesMax) return;
  std::lock_guard lock(mutex_);
  if (by_origin_.size() >= kOriginsMax && !by_origin_.contains(origin)) by_origin_.clear();
  by_origin_[origin] = nonce;
}

bool WantsNonce(const http::HttpResponse& response) {
  if ((response.status != 400 && response.status != 401) || response.Header(kNonceHeader).empty()) return false;
  if (response.Header("WWW-Authenticate").find(kWantsNonce) != std::string::npos) return true;
  const auto body = platform::ParseJson(response.body);
  return body && platform::GetText(*body, "error") == kWantsNonce;
}

http::HttpOutcome SendWithProof(http::HttpClient& client, const Clock& clock, const jose::Es256Key& key,
                                const std::string& access_token, http::HttpRequest request) {
  const absl::Duration end = clock.BootTime() + request.deadline;
  const std::string origin = OriginOf(request.url);
  const auto send = [&] {
    request.headers["DPoP"] = jose::MakeDpopProof(
        key, {request.method, request.url, Shared().Of(origin), access_token}, clock.Now());
    http::HttpOutcome outcome = client.Send(request);
    if (outcome.ok()) Shared().Keep(origin, outcome.response->Header(kNonceHeader));
    return outcome;
  };
  http::HttpOutcome outcome = send();
  if (!outcome.ok() || !WantsNonce(*outcome.response)) return outcome;
  request.deadline = end - clock.BootTime();
  return request.deadline > absl::ZeroDuration() ? send() : outcome;
}

}  // namespace carillon::bluesky
