#include "services/scheduler/flow/media_keeper.h"

#include <chrono>
#include <string>
#include <unordered_set>
#include <vector>

#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "services/scheduler/domain/scheduler_domain.h"

namespace carillon::scheduler {
namespace {

constexpr std::chrono::minutes kFirstAfter{5};  // not while everything starts
constexpr std::chrono::hours kEvery{6};
constexpr absl::Duration kKeptFor = absl::Hours(14 * 24);
constexpr absl::Duration kLookMax = absl::Hours(24);  // what it kept first is still far from going
constexpr absl::Duration kAbandonedAfter = absl::Hours(1);

bool NeedsMedia(const v1::Post& post) {
  return post.state() != v1::POST_STATE_PUBLISHED && post.state() != v1::POST_STATE_CANCELLED &&
         post.state() != v1::POST_STATE_DELETED;
}

// Of the post and of all that follows it.
std::vector<std::string> MediaOf(const publisher::v1::Content& content) {
  std::vector<std::string> names;
  const auto add = [&](const auto& part) {
    for (const publisher::v1::Media& media : part.media()) names.push_back(media.sha256());
  };
  add(content);
  for (const publisher::v1::ContentPart& part : content.thread()) add(part);
  add(content.first_comment());
  return names;
}

void Show(const Result<MediaKeeper::Look>& look) {
  if (!look.ok()) {
    observe::Warn("the media that posts need were not looked at; nothing is removed",
                  {{"error", ToString(look.status())}});
    return;
  }
  static auto& files = observe::Gauge("media_files", "Files in the media store");
  static auto& bytes = observe::Gauge("media_bytes", "Bytes in the media store");
  static auto& missing = observe::Gauge("media_missing", "Files that posts need and that are gone");
  static auto& removed = observe::Counter("media_removed_total", "Files that nobody needed");
  files.Set(static_cast<double>(look->sweep.files));
  bytes.Set(static_cast<double>(look->sweep.bytes));
  missing.Set(look->missing);
  removed.Increment(look->sweep.removed);
}

}  // namespace

Result<MediaKeeper::Look> MediaKeeper::LookOnce() {
  const absl::Duration begun = clock_.BootTime();
  Look look;
  std::unordered_set<std::string> seen;
  ledger::ListQuery all;
  all.index = kOrgIndex;
  RETURN_IF_ERROR(reader_.Each(all, [&](const ledger::Proto& record) -> Status {
    const v1::Post& post = static_cast<const v1::SchedulerRecord&>(record).post();
    if (!NeedsMedia(post)) return Ok();
    for (const std::string& sha256 : MediaOf(post.draft().content())) {
      if (!seen.insert(sha256).second) continue;
      const Status kept = store_.Keep(sha256);
      if (kept.ok()) {
        ++look.kept;
      } else if (ReasonOf(kept) == "UNKNOWN_MEDIA") {
        ++look.missing;
        observe::Error("a media file that a post needs is gone",
                       {{"post", post.id()}, {"sha256", sha256}});
      } else {
        return kept;
      }
    }
    return Ok();
  }));
  if (clock_.BootTime() - begun > kLookMax) {
    return MakeStatus(Code::kDeadlineExceeded, "reading all posts took too long");
  }
  ASSIGN_OR_RETURN(look.sweep, store_.Sweep({.unkept_for = kKeptFor, .abandoned_after = kAbandonedAfter}));
  return look;
}

void MediaKeeper::Start() {
  thread_ = std::thread([this] { Work(); });
}

void MediaKeeper::Work() {
  std::unique_lock lock(mutex_);
  std::chrono::seconds wait = kFirstAfter;
  while (!wake_.wait_for(lock, wait, [this] { return stopping_; })) {
    lock.unlock();
    Show(LookOnce());
    lock.lock();
    wait = kEvery;
  }
}

void MediaKeeper::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace carillon::scheduler
