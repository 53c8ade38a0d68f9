// A platform in memory behind the Collector port, and access to it. One mutex serialises
// everything; faults are set by the test.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/platform/collector.h"
#include "services/listener/ports.h"

namespace carillon::listener::testing {

class FakeCollector : public platform::Collector {
 public:
  std::string Platform() const override { return "mastodon"; }

  Result<platform::SignalPage> Signals(const platform::CollectorAccess& access, const std::string& cursor,
                             int count_max, absl::Duration) override {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Check("Signals", access));
    const size_t at = cursor.empty() ? 0 : std::stoul(cursor);
    const size_t from = at > static_cast<size_t>(overlap) ? at - overlap : 0;
    const size_t to = std::min(signals.size(), from + static_cast<size_t>(count_max));
    platform::SignalPage page;
    page.signals.assign(signals.begin() + static_cast<long>(from),
                        signals.begin() + static_cast<long>(to));
    page.cursor = std::to_string(std::max(at, to));
    page.more = to < signals.size();
    return page;
  }

  Result<platform::TimelinePage> Timeline(const platform::CollectorAccess& access, const std::string& next,
                                int count_max, absl::Duration) override {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Check("Timeline", access));
    const size_t from = next.empty() ? 0 : std::stoul(next);
    const size_t to = std::min(posts.size(), from + static_cast<size_t>(count_max));
    platform::TimelinePage page;
    page.posts.assign(posts.begin() + static_cast<long>(from),
                      posts.begin() + static_cast<long>(to));
    if (to < posts.size()) page.next = std::to_string(to);
    return page;
  }

  Result<std::vector<platform::MetricSnapshot>> Posts(const platform::CollectorAccess& access,
                                            const std::vector<std::string>& remote_ids,
                                            absl::Duration) override {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Check("Posts", access));
    std::vector<platform::MetricSnapshot> out;
    for (const platform::MetricSnapshot& post : posts) {
      if (std::find(remote_ids.begin(), remote_ids.end(), post.post_remote_id) !=
          remote_ids.end()) {
        out.push_back(post);
      }
    }
    return out;
  }

  Result<std::vector<platform::Signal>> Replies(const platform::CollectorAccess& access,
                                      const std::string& post_remote_id, absl::Duration) override {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Check("Replies", access));
    return replies[post_remote_id];
  }

  Result<platform::AccountSnapshot> Account(const platform::CollectorAccess& access, absl::Duration) override {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(Check("Account", access));
    return platform::AccountSnapshot{.followers = followers, .following = 2, .posts = 3};
  }

  std::vector<platform::Signal> signals;        // oldest first; the cursor is an index
  std::vector<platform::MetricSnapshot> posts;  // newest first
  std::map<std::string, std::vector<platform::Signal>> replies;
  int64_t followers = 0;
  int overlap = 0;              // signals before the cursor that a page repeats
  std::string token = "token";  // the one that is taken
  std::function<Status(const std::string& call)> fault;
  std::map<std::string, int> calls;

 private:
  Status Check(const std::string& call, const platform::CollectorAccess& access) {
    ++calls[call];
    if (access.access_token != token) {
      return Refuse(Code::kUnauthenticated, "TOKEN_REFUSED", "the token is not valid");
    }
    return fault ? fault(call) : Ok();
  }

  std::mutex mutex_;
};

class FakeAccess : public AccessSource {
 public:
  Result<platform::CollectorAccess> Lend(const std::string& account_id) override {
    std::lock_guard lock(mutex_);
    ++lent;
    if (!status.ok()) return status;
    return platform::CollectorAccess{account_id, "https://a.example", "1", tokens.front()};
  }
  void Drop(const std::string&) override {
    std::lock_guard lock(mutex_);
    ++dropped;
    if (tokens.size() > 1) tokens.erase(tokens.begin());
  }

  std::vector<std::string> tokens = {"token"};  // the next one after each Drop
  Status status;
  int lent = 0;
  int dropped = 0;

 private:
  std::mutex mutex_;
};

inline platform::Signal MakeSignal(platform::SignalKind kind, const std::string& remote_id,
                         const std::string& status_remote_id = "") {
  platform::Signal signal;
  signal.kind = kind;
  signal.remote_id = remote_id;
  signal.created_at = absl::FromUnixSeconds(1'799'999'000);
  signal.author = "ann@a.example";
  signal.status_remote_id = status_remote_id;
  signal.text = "How much is it?";
  return signal;
}

inline platform::MetricSnapshot MakePost(const std::string& remote_id, absl::Time posted_at,
                               int64_t replies = 0) {
  platform::MetricSnapshot post;
  post.post_remote_id = remote_id;
  post.posted_at = posted_at;
  post.replies = replies;
  return post;
}

}  // namespace carillon::listener::testing
