#include "services/listener/poll/collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "carillon/listener/v1/listener.pb.h"
#include "common/text/utf8.h"
#include "services/listener/domain/ids.h"
#include "services/listener/domain/schedule.h"
#include "services/listener/poll/to_proto.h"

namespace carillon::listener {
namespace {

constexpr size_t kErrorBytesMax = 300;

// When the platform wants to be asked again, where it said so.
std::optional<absl::Time> RetryAtOf(const Status& status) {
  const auto info = GetErrorInfo(status);
  absl::Time retry_at;
  std::string why;
  if (!info || !info->params.contains("retry_at") ||
      !absl::ParseTime(absl::RFC3339_full, info->params.at("retry_at"), &retry_at, &why)) {
    return std::nullopt;
  }
  return retry_at;
}

// One run over one account; lives for one try.
class Run {
 public:
  Run(platform::Collector& collector, platform::CollectorAccess access, ledger::Reader& reader, const Clock& clock,
      const std::atomic<bool>& stopping, const PollJob& job, v1::PollReport& report)
      : collector_(collector),
        access_(std::move(access)),
        reader_(reader),
        clock_(clock),
        stopping_(stopping),
        job_(job),
        report_(report),
        now_(FromProto(report.polled_at())),
        end_(clock.BootTime() + kPollTimeMax) {}

  Status All() {
    if (job_.signals) RETURN_IF_ERROR(ReadSignals());
    if (job_.messages) RETURN_IF_ERROR(ReadMessages());
    if (job_.search) RETURN_IF_ERROR(Search());
    if (job_.history) {
      RETURN_IF_ERROR(ReadHistory());
    } else {
      RETURN_IF_ERROR(ReadSamples());
    }
    return job_.account ? ReadAccount() : Ok();
  }

 private:
  // The time that the next call may take; an error if there is none left.
  Result<absl::Duration> Time() const {
    if (stopping_) return MakeStatus(Code::kUnavailable, "the listener is stopping");
    const absl::Duration left = end_ - clock_.BootTime();
    if (left < absl::Milliseconds(100)) {
      return MakeStatus(Code::kDeadlineExceeded, "the poll took too long; its rest waits");
    }
    return std::min(left, kCallTimeMax);
  }

  Status ReadSignals() {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    ASSIGN_OR_RETURN(const platform::SignalPage page,
                     collector_.Signals(access_, job_.cursor, kSignalsMax, timeout));
    if (page.signals.size() > kSignalsMax) {
      return MakeStatus(Code::kInternal,
                        fmt::format("the platform gave {} signals where {} were asked for",
                                    page.signals.size(), kSignalsMax));
    }
    for (const platform::Signal& signal : page.signals) {
      v1::Signal filled;
      if (FillSignal(signal, &filled)) *report_.add_signals() = std::move(filled);
    }
    report_.set_signals_read(true);
    report_.set_cursor(page.cursor);
    report_.set_more(page.more);
    return Ok();
  }

  // Whether messages may be read is a matter between the token and the platform, and none of the rest.
  Status ReadMessages() {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    const auto page = collector_.Messages(access_, job_.message_cursor, kMessagesMax, timeout);
    const Code code = page.status().code();
    if (code == Code::kUnimplemented || code == Code::kPermissionDenied) {
      report_.set_messages_refused(true);
      return Ok();
    }
    report_.set_messages_read(true);
    report_.set_message_cursor(job_.message_cursor);
    // Their limit is their own: they are asked for again when they are due again.
    if (code == Code::kResourceExhausted) return Ok();
    RETURN_IF_ERROR(page.status());
    for (const platform::Signal& signal : page->signals) {
      v1::Signal filled;
      if (FillSignal(signal, &filled)) *report_.add_messages() = std::move(filled);
    }
    report_.set_message_cursor(page->cursor);
    report_.set_messages_more(page->more);
    return Ok();
  }

  // A search that fails, fails alone: its query waits, and the account is read on.
  Status Search() {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    v1::SearchRead& read = *report_.add_searches();
    read.set_term(job_.search->term);
    const auto page =
        collector_.Search(access_, job_.search->term, job_.search->cursor, kFoundMax, timeout);
    if (page.status().code() == Code::kUnauthenticated) return page.status();
    if (!page.ok()) {
      read.set_error(std::string(text::Truncate(ToString(page.status()), kErrorBytesMax)));
      if (const auto at = RetryAtOf(page.status())) *read.mutable_retry_at() = ToProto(*at);
      return Ok();
    }
    for (const platform::Signal& signal : page->signals) {
      v1::Signal filled;
      if (FillSignal(signal, &filled)) *read.add_found() = std::move(filled);
    }
    read.set_cursor(page->cursor);
    read.set_more(page->more);
    return Ok();
  }

  // How many samples the report has room for, beside what others did and the threads below posts.
  int SamplesMax() const {
    int used = 1 + kContextSignalsMax + report_.signals_size() + report_.messages_size();
    for (const v1::SearchRead& read : report_.searches()) used += read.found_size();
    return std::clamp(kReportMax - used, 0, kSamplesMax);
  }

  Status ReadHistory() {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    ASSIGN_OR_RETURN(platform::TimelinePage page,
                     collector_.Timeline(access_, job_.history_next, kSamplesMax, timeout));
    if (page.posts.size() > kSamplesMax) page.posts.resize(kSamplesMax);
    // Without room for the page it comes with the next poll.
    if (static_cast<int>(page.posts.size()) > SamplesMax()) return Ok();
    for (const platform::MetricSnapshot& post : page.posts) {
      if (post.posted_at < job_.connected_at - kHistoryAgeMax) {
        page.next.clear();
        continue;
      }
      if (!post.is_reply && post.posted_at <= now_ - kFoundAgeMin) {
        FillSample(post, report_.add_samples());
      }
    }
    report_.set_history_read(true);
    report_.set_history_next(page.next);
    // A page without a post of one's own counts too, so that the walk ends.
    report_.set_history_posts(std::max<int>(1, static_cast<int>(page.posts.size())));
    return Ok();
  }

  Status ReadSamples() {
    const int samples_max = SamplesMax();
    if (samples_max == 0) return Ok();
    ASSIGN_OR_RETURN(const ledger::Page due,
                     reader_.List({.index = "sample",
                                   .prefix = job_.account_id + "|",
                                   .to = ledger::TimeKey(now_ + absl::Milliseconds(1)),
                                   .page_size = samples_max}));
    std::map<std::string, const v1::TrackedPost*> wanted;
    for (const ledger::ProtoPtr& record : due.records) {
      const auto& post = static_cast<const v1::ListenerRecord&>(*record).tracked_post();
      wanted.emplace(post.remote_id(), &post);
    }
    std::vector<const v1::TrackedPost*> sampled;
    if (wanted.size() >= 3 || job_.account) RETURN_IF_ERROR(SampleByTimeline(wanted, sampled));
    if (!wanted.empty()) RETURN_IF_ERROR(SampleById(wanted, sampled));
    return ReadContexts(sampled);
  }

  void Take(const platform::MetricSnapshot& post, std::map<std::string, const v1::TrackedPost*>& wanted,
            std::vector<const v1::TrackedPost*>& sampled) {
    const auto it = wanted.find(post.post_remote_id);
    if (it == wanted.end()) return;
    FillSample(post, report_.add_samples());
    sampled.push_back(it->second);
    wanted.erase(it);
  }

  // The newest page has most of what is due, for one request; it also shows posts that others made
  // with this account.
  Status SampleByTimeline(std::map<std::string, const v1::TrackedPost*>& wanted,
                          std::vector<const v1::TrackedPost*>& sampled) {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    ASSIGN_OR_RETURN(const platform::TimelinePage page,
                     collector_.Timeline(access_, "", kSamplesMax, timeout));
    std::vector<const platform::MetricSnapshot*> others;
    for (const platform::MetricSnapshot& post : page.posts) {
      const bool is_wanted = wanted.contains(post.post_remote_id);
      Take(post, wanted, sampled);
      const absl::Duration age = now_ - post.posted_at;
      if (!is_wanted && !post.is_reply && age >= kFoundAgeMin && age < kSampleAgeMax) {
        others.push_back(&post);
      }
    }
    std::vector<std::string> ids;
    for (const platform::MetricSnapshot* post : others) {
      ids.push_back(TrackedPostId(job_.account_id, post->post_remote_id));
    }
    if (ids.empty()) return Ok();
    ASSIGN_OR_RETURN(const std::vector<ledger::ProtoPtr> known, reader_.GetMany(ids));
    int room = SamplesMax() - report_.samples_size() - static_cast<int>(wanted.size());
    for (size_t i = 0; i < others.size() && room > 0; ++i) {
      if (known[i] != nullptr) continue;
      FillSample(*others[i], report_.add_samples());
      --room;
    }
    return Ok();
  }

  Status SampleById(std::map<std::string, const v1::TrackedPost*>& wanted,
                    std::vector<const v1::TrackedPost*>& sampled) {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    std::vector<std::string> ids;
    for (const auto& [remote_id, post] : wanted) ids.push_back(remote_id);
    ASSIGN_OR_RETURN(const std::vector<platform::MetricSnapshot> posts,
                     collector_.Posts(access_, ids, timeout));
    for (const platform::MetricSnapshot& post : posts) Take(post, wanted, sampled);
    for (const auto& [remote_id, post] : wanted) {
      if (now_ - FromProto(post->published_at()) >= kGoneAgeMin) {
        report_.add_gone_remote_ids(remote_id);
      }
    }
    return Ok();
  }

  // Threads that have grown since they were last read, for replies that made no notification.
  Status ReadContexts(const std::vector<const v1::TrackedPost*>& sampled) {
    int contexts = 0;
    for (const v1::TrackedPost* post : sampled) {
      const auto sample = std::find_if(
          report_.samples().begin(), report_.samples().end(),
          [&](const v1::PostSample& s) { return s.remote_id() == post->remote_id(); });
      if (sample->metrics().replies() <= post->context_replies()) continue;
      if (contexts++ == kContextsMax) break;
      RETURN_IF_ERROR(ReadContext(post->remote_id(), sample->metrics().replies()));
    }
    return Ok();
  }

  Status ReadContext(const std::string& post_remote_id, int64_t replies) {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    auto signals = collector_.Replies(access_, post_remote_id, timeout);
    if (!signals.ok() && signals.status().code() != Code::kNotFound) return signals.status();
    bool all = true;
    if (signals.ok()) {
      ASSIGN_OR_RETURN(all, TakeContext(*signals));
    }
    if (all) {
      v1::ContextRead* read = report_.add_contexts();
      read->set_post_remote_id(post_remote_id);
      read->set_replies(replies);
    }
    return Ok();
  }

  // False if there was no room for all that is new: the thread is read again later.
  Result<bool> TakeContext(const std::vector<platform::Signal>& signals) {
    std::vector<std::string> ids;
    for (const platform::Signal& signal : signals) {
      ids.push_back(InboxItemId(job_.account_id, signal.status_remote_id));
    }
    if (ids.empty()) return true;
    ASSIGN_OR_RETURN(const std::vector<ledger::ProtoPtr> known, reader_.GetMany(ids));
    for (size_t i = 0; i < signals.size(); ++i) {
      v1::Signal filled;
      if (known[i] != nullptr || !FillSignal(signals[i], &filled)) continue;
      if (filled.status_remote_id().empty()) continue;
      if (report_.context_signals_size() == kContextSignalsMax) return false;
      *report_.add_context_signals() = std::move(filled);
    }
    return true;
  }

  Status ReadAccount() {
    ASSIGN_OR_RETURN(const absl::Duration timeout, Time());
    ASSIGN_OR_RETURN(const platform::AccountSnapshot account, collector_.Account(access_, timeout));
    report_.set_account_read(true);
    report_.set_followers(account.followers);
    report_.set_following(account.following);
    report_.set_posts(account.posts);
    return Ok();
  }

  platform::Collector& collector_;
  const platform::CollectorAccess access_;
  ledger::Reader& reader_;
  const Clock& clock_;
  const std::atomic<bool>& stopping_;
  const PollJob& job_;
  v1::PollReport& report_;
  const absl::Time now_;
  const absl::Duration end_;
};

}  // namespace

v1::PollReport PollCollector::Poll(const PollJob& job) const {
  v1::PollReport report;
  auto start = [&] {
    report.Clear();
    report.set_account_id(job.account_id);
    report.set_poll_number(job.poll_number);
    *report.mutable_polled_at() = ToProto(clock_.Now());
  };
  auto once = [&]() -> Status {
    ASSIGN_OR_RETURN(platform::Collector * collector, platforms_.FindCollector(job.platform));
    ASSIGN_OR_RETURN(platform::CollectorAccess access, access_.Lend(job.account_id));
    const Status status =
        Run(*collector, std::move(access), reader_, clock_, stopping_, job, report).All();
    if (status.code() == Code::kUnauthenticated) access_.Drop(job.account_id);
    return status;
  };
  start();
  Status status = once();
  if (status.code() == Code::kUnauthenticated) {
    start();
    status = once();
  }
  if (status.ok()) return report;
  report.set_error(std::string(text::Truncate(ToString(status), kErrorBytesMax)));
  if (const auto at = RetryAtOf(status)) *report.mutable_retry_at() = ToProto(*at);
  return report;
}

}  // namespace carillon::listener
