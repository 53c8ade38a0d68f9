#include "tests/simulation/crowd.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/ids.h"

namespace carillon::simulation {
namespace {

using platform::SignalKind;

constexpr absl::Duration kActEveryMax = absl::Seconds(3);
constexpr absl::Duration kRoundTripMax = absl::Milliseconds(300);
constexpr int kPageMax = 6;      // less than is asked for: pages follow each other
constexpr int kRepeatedMax = 5;  // signals before the cursor that a page may bring again

platform::Signal ToSignal(const Deed& deed) {
  platform::Signal signal;
  signal.kind = deed.kind;
  signal.remote_id = deed.remote_id;
  signal.status_remote_id = deed.status_remote_id;
  signal.post_remote_id = deed.post_remote_id;
  signal.created_at = deed.at;
  signal.author = "bob@elsewhere.example";
  signal.text = deed.status_remote_id.empty() ? "" : "words of " + deed.status_remote_id;
  return signal;
}

}  // namespace

void Crowd::Begin() {
  world_.fibers.At(world_.fibers.now() + world_.random.Time(absl::ZeroDuration(), kActEveryMax),
                   [this] {
                     if (!world_.faults_on) return;
                     Act();
                     Begin();
                   });
}

void Crowd::Act() {
  Deed deed;
  const int number = static_cast<int>(deeds_.size()) + 1;
  deed.remote_id = fmt::format("n{}", number);
  deed.at = world_.log.Now();
  deed.account_id = accounts_[static_cast<size_t>(world_.random.Below(static_cast<int>(accounts_.size())))];
  const auto posts = platform_.Listing(deed.account_id, absl::InfinitePast());
  switch (world_.random.Below(4)) {
    case 0:
      deed.kind = platform::SignalKind::kFollow;
      break;
    case 1:
      deed.status_remote_id = fmt::format("s{}", number);
      break;
    default: {
      if (posts.empty()) return;
      const auto chosen =
          static_cast<size_t>(world_.random.Below(static_cast<int>(posts.size())));
      deed.post_remote_id = posts[chosen].remote_id;
      deed.kind = world_.random.OneIn(2) ? platform::SignalKind::kFavourite : platform::SignalKind::kReply;
      if (deed.kind == platform::SignalKind::kReply) {
        deed.status_remote_id = fmt::format("s{}", number);
        // Threads below answers of ours are not read: there a reply has to make a notification.
        deed.notified = posts[chosen].is_reply || !world_.random.OneIn(3);
      }
    }
  }
  deeds_.push_back(std::move(deed));
}

std::vector<const Deed*> Crowd::Notifications(const std::string& account_id) const {
  std::vector<const Deed*> out;
  for (const Deed& deed : deeds_) {
    if (deed.account_id == account_id && deed.notified) out.push_back(&deed);
  }
  return out;
}

int64_t Crowd::Count(platform::SignalKind kind, const std::string& post_remote_id) const {
  return std::count_if(deeds_.begin(), deeds_.end(), [&](const Deed& deed) {
    return deed.kind == kind && deed.post_remote_id == post_remote_id;
  });
}

int64_t Crowd::Followers(const std::string& account_id) const {
  return std::count_if(deeds_.begin(), deeds_.end(), [&](const Deed& deed) {
    return deed.kind == platform::SignalKind::kFollow && deed.account_id == account_id;
  });
}

// Half of the failures come after the time that was given, as a server's that hangs.
Status SimCollector::Exchange(absl::Duration timeout) {
  World& world = process_.world();
  process_.Effect();
  if (world.Fault(Site::kPollFailed, 25)) {
    if (world.random.OneIn(2)) world.fibers.Wait(timeout);
    return MakeStatus(Code::kUnavailable, "503");
  }
  world.fibers.Wait(world.random.Time(absl::Milliseconds(1), kRoundTripMax));
  return Ok();
}

Result<platform::SignalPage> SimCollector::Signals(const platform::CollectorAccess& access,
                                                   const std::string& cursor, int count_max,
                                                   absl::Duration timeout) {
  RETURN_IF_ERROR(Exchange(timeout));
  World& world = process_.world();
  const auto all = crowd_.Notifications(access.account_id);
  size_t from = 0;
  while (from < all.size() && !cursor.empty() && all[from]->remote_id != cursor) ++from;
  if (!cursor.empty()) ++from;
  // Half of the accounts are on servers that do so.
  const bool repeats = (Murmur2(access.account_id) & 2) == 0;
  if (repeats && from > 0 && world.Fault(Site::kPageRepeated, 8)) {
    from -= std::min(from, static_cast<size_t>(world.random.Between(1, kRepeatedMax)));
  }
  const size_t to = std::min(all.size(), from + static_cast<size_t>(std::min(count_max, kPageMax)));
  platform::SignalPage page;
  page.cursor = cursor;
  for (size_t i = from; i < to; ++i) {
    page.signals.push_back(ToSignal(*all[i]));
    page.cursor = all[i]->remote_id;
  }
  page.more = to < all.size();
  return page;
}

platform::MetricSnapshot SimCollector::Snapshot(const AcceptedPost& post) const {
  platform::MetricSnapshot snapshot;
  snapshot.post_remote_id = post.remote_id;
  snapshot.posted_at = post.at;
  snapshot.text = post.text;
  snapshot.is_reply = post.is_reply;
  snapshot.replies = crowd_.Count(platform::SignalKind::kReply, post.remote_id);
  snapshot.favourites = crowd_.Count(platform::SignalKind::kFavourite, post.remote_id);
  return snapshot;
}

Result<platform::TimelinePage> SimCollector::Timeline(const platform::CollectorAccess& access,
                                                      const std::string& next, int count_max,
                                                      absl::Duration timeout) {
  RETURN_IF_ERROR(Exchange(timeout));
  auto posts = crowd_.platform().Listing(access.account_id, absl::InfinitePast());
  std::reverse(posts.begin(), posts.end());
  size_t from = next.empty() ? 0 : std::stoul(next);
  platform::TimelinePage page;
  for (; from < posts.size() && static_cast<int>(page.posts.size()) < count_max; ++from) {
    page.posts.push_back(Snapshot(posts[from]));
  }
  if (from < posts.size()) page.next = std::to_string(from);
  return page;
}

Result<std::vector<platform::MetricSnapshot>> SimCollector::Posts(
    const platform::CollectorAccess& access, const std::vector<std::string>& remote_ids,
    absl::Duration timeout) {
  RETURN_IF_ERROR(Exchange(timeout));
  std::vector<platform::MetricSnapshot> out;
  for (const AcceptedPost& post : crowd_.platform().Listing(access.account_id, absl::InfinitePast())) {
    if (std::find(remote_ids.begin(), remote_ids.end(), post.remote_id) != remote_ids.end()) {
      out.push_back(Snapshot(post));
    }
  }
  return out;
}

Result<std::vector<platform::Signal>> SimCollector::Replies(
    const platform::CollectorAccess&, const std::string& post_remote_id, absl::Duration timeout) {
  RETURN_IF_ERROR(Exchange(timeout));
  std::vector<platform::Signal> out;
  for (const Deed& deed : crowd_.deeds()) {
    if (deed.kind != platform::SignalKind::kReply || deed.post_remote_id != post_remote_id) continue;
    out.push_back(ToSignal(deed));
    // A thread knows statuses, not notifications.
    out.back().remote_id = deed.status_remote_id;
  }
  return out;
}

Result<platform::AccountSnapshot> SimCollector::Account(const platform::CollectorAccess& access,
                                                        absl::Duration timeout) {
  RETURN_IF_ERROR(Exchange(timeout));
  return platform::AccountSnapshot{.followers = crowd_.Followers(access.account_id)};
}

Result<platform::CollectorAccess> SimCollector::Lend(const std::string& account_id) {
  process_.Effect();
  if (process_.world().Fault(Site::kPollFailed, 60)) {
    return MakeStatus(Code::kUnavailable, "the publisher is away");
  }
  return platform::CollectorAccess{account_id, "https://platform.example", account_id, "t"};
}

}  // namespace carillon::simulation
