// One platform of the sandbox, as the parts that all share see it: the accounts file, the engagement, the admin API. A new
// platform is a folder that implements this and publishes through publishing.h; sandbox.cc names it once.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "services/sandbox/faults.h"

namespace carillon::sandbox {

constexpr int kConnectionsMax = 10'000;  // of a platform; more wait in the kernel's backlog

struct NewAccount {
  std::string username;  // as the platform names accounts: a handle on Bluesky
  std::string display_name, token, zone;
  int history_weeks = 8;
  std::string platform = "mastodon";
};

struct AccountInfo {
  std::string id;
  std::string username;
  std::string zone;
  int64_t followers = 0;
};

// What synthetic users do. The names are Mastodon's: a favourite is a like, a reblog a repost; a message is a direct one.
enum class Reaction { kFavourite, kReblog, kReply, kMention, kFollow, kQuote, kMessage };

// What the answers to requests that publish became.
struct Counts {
  std::atomic<int64_t> requests = 0, accepted = 0, replayed = 0, refused_validation = 0,
                       refused_unauthorized = 0, refused_rate_limit = 0, refused_fault = 0;
};

// An accepted post as it is now, deleted ones too.
struct PostTruth {
  std::string text;
  std::string in_reply_to;  // "" if it is no reply
  bool deleted = false, edited = false;
  int64_t favourites = 0, reblogs = 0, replies = 0;
  nlohmann::json media = nlohmann::json::array();
  nlohmann::json more = nlohmann::json::object();  // the platform's own members
};

// Thread-safe, all of it.
class Platform {
 public:
  virtual ~Platform() = default;

  virtual std::string_view name() const = 0;
  virtual Status Start() = 0;  // listens and serves
  virtual void Stop() = 0;
  virtual std::string url() const = 0;

  // ALREADY_EXISTS, INVALID_ARGUMENT, RESOURCE_EXHAUSTED.
  virtual Result<AccountInfo> AddAccount(const NewAccount& account) = 0;
  virtual std::vector<AccountInfo> Accounts() const = 0;  // those with a token

  // Ids of accounts; "" where this platform knows none.
  virtual std::string FindAccount(const std::string& username) const = 0;
  virtual std::string AuthorOf(const std::string& post) const = 0;
  virtual PostTruth TruthOf(const std::string& post) const = 0;

  virtual bool Has(Reaction reaction) const = 0;
  // By a synthetic user; `post` may be "", `text` too. The id of what was written, else of the post or account; "" if there was
  // nothing to react to.
  virtual std::string React(Reaction reaction, int user, const std::string& account,
                            const std::string& post, const std::string& text) = 0;

  // INVALID_ARGUMENT, with the reason, for a fault that has no meaning here.
  virtual Status CheckFault(const Fault& fault) const = 0;

  Counts counts;
};

}  // namespace carillon::sandbox
