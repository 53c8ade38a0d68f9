#include "common/platform/bluesky/identity.h"

#include <absl/strings/ascii.h>

#include "common/atproto_syntax/identifiers.h"
#include "common/http/url_guard.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr int64_t kAnswerBytesMax = 64 << 10;
constexpr std::string_view kPlc = "did:plc:", kWeb = "did:web:", kHandlePrefix = "at://";

Status BadIdentity(const std::string& did, std::string_view what) {
  return Refuse(Code::kFailedPrecondition, "BAD_IDENTITY", platform::OneShortLine(fmt::format("{}: {}", did, what)),
                {{"did", did}});
}

std::string Lower(std::string text) {
  absl::AsciiStrToLower(&text);
  return text;
}

bool IsPdsEntry(const Json& service, const std::string& did) {
  const std::string id = GetText(service, "id");
  return (id == "#atproto_pds" || id == did + "#atproto_pds") && GetText(service, "type") == "AtprotoPersonalDataServer";
}

}  // namespace

Result<std::string> DidDocumentUrl(const std::string& did, const std::string& plc_directory) {
  if (did.starts_with(kPlc)) return plc_directory + "/" + did;
  if (!did.starts_with(kWeb)) return BadIdentity(did, "this kind of DID is not one of atproto's (did:plc, did:web)");
  std::string host = did.substr(kWeb.size());
  if (host.find(':') != std::string::npos) return BadIdentity(did, "a did:web is a host name and nothing else");
  // atproto.com/specs/did: no paths; a port, written %3A, only for development.
  if (const size_t port = host.find("%3A"); port != std::string::npos) host.replace(port, 3, ":");
  if (host.empty() || host.find_first_of("%/@?#") != std::string::npos || std::count(host.begin(), host.end(), ':') > 1) {
    return BadIdentity(did, "a did:web is a host name and nothing else");
  }
  return "https://" + host + "/.well-known/did.json";
}

Result<Identity> ReadDidDocument(const Json& document, const std::string& did) {
  if (GetText(document, "id") != did) return BadIdentity(did, "its document is another one's");
  Identity identity;
  identity.did = did;
  // The first of each counts (atproto.com/specs/did).
  const Json& names = GetMember(document, "alsoKnownAs");
  for (const Json& name : names.is_array() ? names : Json::array()) {
    if (!name.is_string() || !name.get_ref<const std::string&>().starts_with(kHandlePrefix)) continue;
    identity.handle = Lower(name.get_ref<const std::string&>().substr(kHandlePrefix.size()));
    if (!atproto_syntax::IsHandle(identity.handle)) identity.handle.clear();
    break;
  }
  const Json& services = GetMember(document, "service");
  for (const Json& service : services.is_array() ? services : Json::array()) {
    if (!IsPdsEntry(service, did)) continue;
    // Only its form: whether it may be asked is for the one who asks.
    const auto url = http::CheckUrl(GetText(service, "serviceEndpoint"), /*allow_private_addresses=*/true);
    if (!url.ok() || (!url->path.empty() && url->path != "/") || !url->query.empty()) break;
    identity.pds = url->origin;
    return identity;
  }
  return BadIdentity(did, "its document names no PDS");
}

Result<Json> IdentityReader::Get(const std::string& url, const char* what) {
  http::HttpRequest request;
  request.url = url;
  request.headers["Accept"] = "application/json";
  request.response_bytes_max = kAnswerBytesMax;
  request.deadline = Left();
  if (request.deadline <= absl::ZeroDuration()) {
    return MakeStatus(Code::kDeadlineExceeded, fmt::format("no time left to ask for {}", what));
  }
  const http::HttpOutcome outcome = client_.Send(request);
  const std::string host = platform::HostOf(url);
  if (!outcome.ok()) {
    const Status status = Annotate(outcome.error, fmt::format("{} at {}", what, host));
    if (GetErrorInfo(status)) return status;
    return MakeStatus(Code::kUnavailable, platform::OneShortLine(Message(status)));
  }
  const int status = outcome.response->status;
  auto body = status == 200 ? platform::ParseJson(outcome.response->body) : std::nullopt;
  if (body && body->is_object()) return *std::move(body);
  const bool is_none = status == 400 || status == 404;
  return MakeStatus(is_none ? Code::kNotFound : Code::kUnavailable,
                    fmt::format("{} at {}: {}", what, host, status == 200 ? "no JSON object" : std::to_string(status)));
}

Result<std::string> IdentityReader::DidOf(const std::string& handle) {
  const std::string url = fmt::format("{}/xrpc/com.atproto.identity.resolveHandle?{}", facts_.Text("token.handle_resolver_url"),
                                      http::EncodeForm({{"handle", handle}}));
  const auto answer = Get(url, "who has that handle");
  if (answer.status().code() == Code::kNotFound) {
    return Refuse(Code::kNotFound, "UNKNOWN_HANDLE", fmt::format("nobody has the handle {}", handle), {{"handle", handle}});
  }
  RETURN_IF_ERROR(answer.status());
  const std::string did = GetText(*answer, "did");
  if (atproto_syntax::IsDid(did)) return did;
  return MakeStatus(Code::kUnavailable, fmt::format("the resolver gave no DID for {}", handle));
}

Result<Identity> IdentityReader::Resolve(const std::string& handle_or_did) {
  if (handle_or_did.starts_with("did:")) return ReadDid(handle_or_did);
  const std::string handle = Lower(handle_or_did.starts_with('@') ? handle_or_did.substr(1) : handle_or_did);
  if (!atproto_syntax::IsHandle(handle)) {
    return Refuse(Code::kInvalidArgument, "BAD_HANDLE",
                  platform::OneShortLine(fmt::format("'{}' is no handle; write it as brand.example, or give the DID", handle_or_did)));
  }
  ASSIGN_OR_RETURN(const std::string did, DidOf(handle));
  ASSIGN_OR_RETURN(Identity identity, ReadDid(did));
  if (identity.handle == handle) return identity;
  return BadIdentity(did, fmt::format("its document does not claim the handle {}", handle));
}

Result<Identity> IdentityReader::ReadDid(const std::string& did) {
  if (!atproto_syntax::IsDid(did)) return BadIdentity(did, "this is no DID");
  ASSIGN_OR_RETURN(const std::string url, DidDocumentUrl(did, facts_.Text("token.did_directory_url")));
  const auto document = Get(url, "a DID's document");
  if (document.status().code() == Code::kNotFound) return BadIdentity(did, "it has no document");
  RETURN_IF_ERROR(document.status());
  return ReadDidDocument(*document, did);
}

}  // namespace carillon::bluesky
