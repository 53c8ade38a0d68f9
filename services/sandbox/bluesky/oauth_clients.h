// Clients of OAuth as atproto has them (atproto.com/specs/oauth, "Clients"): documents at the address that client_id is, and the localhost
// client, which tells all of itself. Documents are fetched on a thread of its own, and kept for ten minutes. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/http/client.h"

namespace carillon::sandbox::bluesky {

struct OAuthClient {
  std::string id;
  std::vector<std::string> redirect_uris;
  std::string scope;
  nlohmann::json keys;  // an array of JWK; empty: a public client

  bool MayRedirectTo(const std::string& uri) const;  // of loopback addresses the port is not looked at
  bool MayAskFor(const std::string& scopes) const;   // words that are in its document
};

// INVALID_ARGUMENT with invalid_client_metadata: what atproto does not allow.
Result<OAuthClient> ReadClientDocument(const std::string& client_id, const std::string& text);
// "http://localhost?redirect_uri=...&scope=...".
bool IsLocalhostClient(const std::string& client_id);
Result<OAuthClient> ReadLocalhostClient(const std::string& client_id);

class OAuthClients {
 public:
  using Then = std::function<void(Result<OAuthClient>)>;

  explicit OAuthClients(const Clock* clock);
  // What still waits is dropped.
  ~OAuthClients();

  // `then` is called once, here or on the other thread.
  void Find(const std::string& client_id, Then then);

 private:
  struct Kept {
    OAuthClient client;
    absl::Time until;
  };
  void Work();
  Result<OAuthClient> Fetch(const std::string& client_id);

  const Clock* const clock_;
  const std::unique_ptr<http::HttpClient> http_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::map<std::string, Kept> kept_;
  std::deque<std::pair<std::string, Then>> waiting_;
  std::thread thread_;
};

}  // namespace carillon::sandbox::bluesky
