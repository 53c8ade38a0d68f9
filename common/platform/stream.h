// The Streamer port: what a platform pushes. It says what to connect to and what a text means; somebody else owns the connections.
//
// A stream is a hint with data. It may drop, repeat and come late, so nothing rests on it: polling with its cursor stays the truth, and a
// Signal from here has the ids that polling would give it. What cannot be told so is a hint alone.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/http/client.h"
#include "common/platform/collector.h"

namespace carillon::platform {

struct StreamQuery {
  std::string account_id;  // ours: whom it is for
  std::string term;
};

// Short-lived access that the publisher lent, as an app and not as an account. `token` is secret.
struct AppAccess {
  std::string app_id;
  std::string base_url;
  std::string token;
};

// What one connection is for. Immutable once it is made.
struct StreamAudience {
  AppAccess app;  // where the stream is an app's
  std::vector<CollectorAccess> accounts;
  std::vector<StreamQuery> queries;
  // Of the accounts: by the platform's id, their places.
  std::unordered_multimap<std::string, size_t> by_remote_id;

  void Add(CollectorAccess access) {
    by_remote_id.emplace(access.remote_account_id, accounts.size());
    accounts.push_back(std::move(access));
  }
};

struct StreamPlan {
  std::string url;  // a WebSocket
  http::Headers headers;
  std::vector<std::string> hello;
  bool is_lines = false;  // an HTTP response that does not end, a text on each line, instead of a WebSocket
};

// Something for one account.
struct Pushed {
  std::string account_id;
  // A post that was found by these terms; none: something that was done to the account, `signal.kind` says what.
  std::vector<std::string> terms;
  Signal signal;
  // Not empty: the author is known by this id alone; Complete() asks for the names.
  std::string author_id;
  // Something happened that polling has to tell; the rest is empty.
  bool is_hint = false;
};

struct StreamEvent {
  std::vector<Pushed> pushed;
  // Everything up to here was given: microseconds since 1970, by the platform's clock. Empty where the platform has none.
  std::string cursor;
};

// Thread-safe, stateless.
class Streamer {
 public:
  virtual ~Streamer() = default;
  virtual std::string Platform() const = 0;

  // True: one connection serves all accounts and queries together.
  virtual bool IsShared() const = 0;
  // True: one connection serves all accounts and queries of an organization, as its app. It brings what queries find, and nothing else.
  virtual bool IsOfApp() const { return false; }
  // Whether posts with this term can be pushed at all.
  virtual bool CanPush(const std::string& term) const = 0;

  // Where to connect, from `cursor` on where that is not empty and the platform can. May ask the platform, and blocks for at most `timeout`.
  virtual Result<StreamPlan> Plan(const StreamAudience& audience, const std::string& cursor,
                                  absl::Duration timeout) = 0;
  // Makes a standing connection serve this audience instead. Absolute: the same again changes nothing. Blocks for at most `timeout`.
  virtual Status Serve(const StreamAudience& audience, absl::Duration timeout) {
    (void)audience, (void)timeout;
    return Ok();
  }
  // What a text says; nothing for the many kinds that say nothing to us. Pure. An error for what is no text of this stream.
  virtual Result<StreamEvent> Read(const StreamAudience& audience, std::string_view text) const = 0;
  // Fills in what the stream left out (Pushed::author_id); what it cannot becomes a hint. Blocks for at most `timeout`.
  virtual void Complete(const CollectorAccess& access, std::vector<Pushed>& pushed,
                        absl::Duration timeout) {
    (void)access, (void)pushed, (void)timeout;
  }
};

}  // namespace carillon::platform
