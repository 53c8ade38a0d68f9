#include "services/sandbox/bluesky/oauth_clients.h"

#include <algorithm>

#include "common/http/form.h"
#include "common/http/url_guard.h"
#include "services/sandbox/json_input.h"

namespace carillon::sandbox::bluesky {
namespace {

using nlohmann::json;

constexpr absl::Duration kFetchMax = absl::Seconds(5), kKeptFor = absl::Minutes(10);
constexpr int64_t kDocumentBytesMax = 64 << 10;
constexpr size_t kWaitingMax = 100, kKeptMax = 1'000;
constexpr std::string_view kLocalhost = "http://localhost";

Status BadClient(std::string_view what) { return Refuse(Code::kInvalidArgument, "invalid_client_metadata", what); }

std::vector<std::string> TextsAt(const json& document, const char* name) {
  std::vector<std::string> out;
  const json* list = At(document, {name});
  if (list == nullptr || !list->is_array()) return out;
  for (const json& one : *list) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

// Of a loopback address, without its port; else as it is.
std::string Comparable(const std::string& uri) {
  const auto parts = http::CheckUrl(uri, true);
  const bool loopback = parts.ok() && parts->scheme == "http" && (parts->host == "127.0.0.1" || parts->host == "::1");
  return loopback ? parts->host + parts->path + "?" + parts->query : uri;
}

Status CheckKeys(const json& document, json* keys) {
  const std::string method = TextAt(document, {"token_endpoint_auth_method"});
  if (method == "none") return Ok();
  if (method != "private_key_jwt") return BadClient("token_endpoint_auth_method is private_key_jwt or none");
  const json* list = At(document, {"jwks", "keys"});
  if (list == nullptr || !list->is_array() || list->empty()) {
    return BadClient("private_key_jwt auth method requires at least one key in jwks");
  }
  if (TextAt(document, {"token_endpoint_auth_signing_alg"}) != "ES256") {
    return BadClient("Missing token_endpoint_auth_signing_alg client metadata");
  }
  for (const json& key : *list) {
    if (!key.is_object() || key.contains("d")) return BadClient("a key of jwks is none, or a private one");
  }
  *keys = *list;
  return Ok();
}

}  // namespace

bool OAuthClient::MayRedirectTo(const std::string& uri) const {
  const std::string wanted = Comparable(uri);
  return std::any_of(redirect_uris.begin(), redirect_uris.end(), [&](const auto& one) { return Comparable(one) == wanted; });
}

bool OAuthClient::MayAskFor(const std::string& scopes) const {
  const auto declared = Words(scope), asked = Words(scopes);
  return Has(asked, "atproto") &&
         std::all_of(asked.begin(), asked.end(), [&](const auto& one) { return Has(declared, one); });
}

Result<OAuthClient> ReadClientDocument(const std::string& client_id, const std::string& text) {
  const json document = ReadJson(text);
  if (!document.is_object()) return BadClient("the document is no JSON object");
  if (TextAt(document, {"client_id"}) != client_id) return BadClient("client_id does not match");
  OAuthClient client;
  client.id = client_id;
  client.redirect_uris = TextsAt(document, "redirect_uris");
  client.scope = TextAt(document, {"scope"});
  client.keys = json::array();
  if (client.redirect_uris.empty()) return BadClient("At least one redirect_uri is required");
  if (!Has(Words(client.scope), "atproto")) return BadClient("Missing \"atproto\" scope");
  const auto grants = TextsAt(document, "grant_types");
  if (!Has(grants, "authorization_code") || !Has(grants, "refresh_token") ||
      !Has(TextsAt(document, "response_types"), "code")) {
    return BadClient("grant_types and response_types must have authorization_code, refresh_token and code");
  }
  const json* bound = At(document, {"dpop_bound_access_tokens"});
  if (bound == nullptr || *bound != json(true)) return BadClient("\"dpop_bound_access_tokens\" must be true");
  RETURN_IF_ERROR(CheckKeys(document, &client.keys));
  return client;
}

bool IsLocalhostClient(const std::string& client_id) {
  if (!client_id.starts_with(kLocalhost)) return false;
  const std::string rest = client_id.substr(kLocalhost.size());
  return rest.empty() || rest == "/" || rest.starts_with('?') || rest.starts_with("/?");
}

Result<OAuthClient> ReadLocalhostClient(const std::string& client_id) {
  const size_t query = client_id.find('?');
  const auto fields = http::ParseForm(query == std::string::npos ? "" : client_id.substr(query + 1), 20);
  if (!fields) return BadClient("the client_id has too many parameters");
  OAuthClient client{client_id, {}, "", json::array()};
  for (const auto& [name, value] : *fields) {
    if (name == "redirect_uri") client.redirect_uris.push_back(value);
    if (name == "scope") client.scope = value;
  }
  if (client.redirect_uris.empty()) client.redirect_uris = {"http://127.0.0.1/", "http://[::1]/"};
  if (client.scope.empty()) client.scope = "atproto";
  for (const std::string& uri : client.redirect_uris) {
    if (Comparable(uri) == uri) return BadClient("a localhost client redirects to a loopback address");
  }
  return client;
}

OAuthClients::OAuthClients(const Clock* clock)
    : clock_(clock), http_(http::MakeHttpClient({.allow_private_addresses = true})), thread_([this] { Work(); }) {}

OAuthClients::~OAuthClients() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void OAuthClients::Find(const std::string& client_id, Then then) {
  if (IsLocalhostClient(client_id)) return then(ReadLocalhostClient(client_id));
  std::unique_lock lock(mutex_);
  const auto kept = kept_.find(client_id);
  if (kept != kept_.end() && kept->second.until > clock_->Now()) {
    const OAuthClient client = kept->second.client;
    lock.unlock();
    return then(client);
  }
  if (waiting_.size() >= kWaitingMax) {
    lock.unlock();
    return then(BadClient("too many clients are being read"));
  }
  waiting_.emplace_back(client_id, std::move(then));
  lock.unlock();
  changed_.notify_all();
}

void OAuthClients::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return waiting_.clear();
    const auto [client_id, then] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const Result<OAuthClient> client = Fetch(client_id);
    then(client);
    lock.lock();
    if (kept_.size() >= kKeptMax) kept_.clear();
    if (client.ok()) kept_[client_id] = {*client, clock_->Now() + kKeptFor};
  }
}

Result<OAuthClient> OAuthClients::Fetch(const std::string& client_id) {
  http::HttpRequest request;
  request.url = client_id;
  request.headers["Accept"] = "application/json";
  request.deadline = kFetchMax;
  request.response_bytes_max = kDocumentBytesMax;
  const http::HttpOutcome outcome = http_->Send(request);
  const bool good = outcome.ok() && outcome.response->status == 200 &&
                    outcome.response->Header("Content-Type").starts_with("application/json");
  if (!good) return BadClient("Failed to fetch client information");
  return ReadClientDocument(client_id, outcome.response->body);
}

}  // namespace carillon::sandbox::bluesky
