// A small X in memory, as an HttpClient: one account that posts, its media, and what others wrote to it. Requests can be made to fail on
// purpose, before or after they did their work. Not thread-safe.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/testing/fake_clock.h"
#include "common/http/client.h"
#include "common/platform/json.h"

namespace carillon::x::testing {

enum class Fault {
  kAnswerLost,   // it was done, nobody hears of it
  kRequestLost,  // it was not done, which nobody can know
  kLate,         // nobody hears of it, and it is done only in Settle()
  kNoConnection,
  kRefused,      // with `status` and `body`
};

struct FakePost {
  std::string id;
  std::string author_id;
  std::string text;  // as it was sent
  std::string reply_to_id;
  std::string quoted_id = "";
  bool has_poll = false;
  std::vector<std::string> media_ids;
  absl::Time created_at;
  bool is_repost = false;
  std::vector<std::string> versions = {};  // of one that was edited: all of them
};

struct FakeMedia {
  std::string type;
  std::string category;
  size_t total_bytes = 0;
  std::map<int, std::string> segments;
  std::string alt_text;
  platform::Json warning;
  bool finalized = false;
  int polls_left = 0;  // until it is processed
  bool failed = false;

  std::string Bytes() const;
};

struct FakeWebhook {
  std::string url;
  bool valid = true;
  std::set<std::string> users;
};

class FakeX : public http::HttpClient {
 public:
  static constexpr const char* kAccountId = "2244994945";
  static constexpr const char* kOtherId = "17874544";

  explicit FakeX(carillon::testing::FakeClock& clock) : clock_(clock) {}

  http::HttpOutcome Send(const http::HttpRequest& request) override;

  // The next request whose "METHOD /path" ends with `what` meets the fault; several stand in line.
  void Break(const std::string& what, Fault fault, int status = 0, const std::string& body = "");
  void Settle();

  std::string AddPost(FakePost post);
  int CountOf(const std::string& what) const;  // requests whose "METHOD /path" ends with it

  struct Exchange {
    http::HttpRequest request;
    std::string path;
    http::FormFields query;
    http::HttpOutcome outcome;
  };
  std::vector<Exchange> exchanges;
  std::vector<FakePost> posts;  // oldest first
  std::map<std::string, FakeMedia> media;
  std::map<std::string, std::pair<std::string, std::string>> rules;  // of the stream, by id: tag and value; "refused" is no rule
  std::map<std::string, FakeWebhook> webhooks;  // by id
  bool is_challenge_answered = true;
  size_t subscriptions_max = 100;
  std::map<int, int> appends;  // how often each segment came, of all media
  int polls_needed = 0;  // of media that is not an image
  bool processing_fails = false;
  http::Headers headers;  // of every answer
  bool is_token_spent = false;

 private:
  struct Broken {
    std::string what;
    Fault fault;
    int status;
    std::string body;
  };
  using Query = std::map<std::string, std::string>;

  http::HttpOutcome Answer(int status, const std::string& body) const;
  http::HttpOutcome Serve(const http::HttpRequest& request, const std::string& path, const Query& query);
  http::HttpOutcome EditPost(const std::string& edited, FakePost post);
  http::HttpOutcome UpdateRules(const platform::Json& body);
  http::HttpOutcome ServeWebhooks(const http::HttpRequest& request, const std::string& path);  // fake_webhooks.cc
  http::HttpOutcome ServeSubscriptions(const http::HttpRequest& request, const std::string& path);
  http::HttpOutcome CreatePost(const platform::Json& body);
  http::HttpOutcome Upload(const http::HttpRequest& request, const std::string& path, const Query& query);
  http::HttpOutcome MediaState(const std::string& id, FakeMedia& item);
  http::HttpOutcome List(const Query& query, const std::function<bool(const FakePost&)>& keep);
  platform::Json Describe(const FakePost& post) const;

  carillon::testing::FakeClock& clock_;
  std::vector<Broken> broken_;
  std::vector<std::function<void()>> late_;
  int64_t next_id_ = 1'880'000'000'000'000'000;
};

}  // namespace carillon::x::testing
