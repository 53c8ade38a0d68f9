// The part of StreamKeeper that hands in what streams brought.
#include <condition_variable>
#include <utility>

#include "common/observe/log.h"
#include "services/listener/domain/ids.h"
#include "services/listener/poll/to_proto.h"
#include "services/listener/stream/stream_keeper.h"
#include "services/listener/stream/stream_metrics.h"

namespace carillon::listener {
namespace {

constexpr size_t kBatchMax = 500;
constexpr int kReportPartsMax = 40;
constexpr absl::Duration kNamesTimeMax = absl::Seconds(10);
constexpr absl::Duration kAnswerTimeMax = absl::Seconds(10);
constexpr absl::Duration kAnswerSlack = absl::Seconds(5);  // the Ledger answers at the deadline
constexpr auto kPopWait = std::chrono::milliseconds(200);

ledger::Input InputOf(std::shared_ptr<const v1::PushReport> report) {
  ledger::Input input;
  input.kind = ledger::Input::Kind::kCommand;
  input.aggregate_id = CollectionId(report->account_id());
  input.envelope.mutable_actor()->set_kind(common::v1::ACTOR_KIND_SERVICE);
  input.envelope.mutable_actor()->set_id("listener");
  input.body = std::move(report);
  return input;
}

// The Ledger's answers, which may come after nobody waits any more.
struct Answers {
  explicit Answers(size_t count) : statuses(count), waiting(count) {}
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Status>> statuses;
  size_t waiting;
};

}  // namespace

void StreamKeeper::Work() {
  while (!stopping_) {
    auto first = queue_.PopFor(kPopWait);
    if (!first) continue;
    std::vector<StreamItem> items = queue_.Drain(kBatchMax - 1);
    items.insert(items.begin(), *std::move(first));
    HandIn(std::move(items));
  }
}

// One batch after another, so that a cursor that is written with a batch has everything before it in the log.
void StreamKeeper::HandIn(std::vector<StreamItem> items) {
  std::map<platform::Streamer*, std::vector<platform::Pushed>> by_platform;
  for (StreamItem& item : items) {
    auto& all = by_platform[item.streamer];
    std::move(item.pushed.begin(), item.pushed.end(), std::back_inserter(all));
    if (!item.cursor.empty()) worker_cursors_[item.streamer].second = item.cursor;
  }
  std::vector<std::shared_ptr<v1::PushReport>> reports;
  std::vector<platform::Streamer*> streamers;  // of each report
  for (auto& [streamer, pushed] : by_platform) {
    const auto access = access_->Lend(pushed.front().account_id);
    if (access.ok()) {
      streamer->Complete(*access, pushed, kNamesTimeMax);
    } else {
      for (platform::Pushed& one : pushed) one.is_hint = one.is_hint || !one.author_id.empty();
    }
    std::map<std::string, std::shared_ptr<v1::PushReport>> open;  // by account
    for (const platform::Pushed& one : pushed) {
      std::shared_ptr<v1::PushReport>& report = open[one.account_id];
      if (report == nullptr || report->signals_size() + report->found_size() >= kReportPartsMax) {
        report = std::make_shared<v1::PushReport>();
        report->set_account_id(one.account_id);
        report->set_stream_cursor(worker_cursors_[streamer].first);
        reports.push_back(report);
        streamers.push_back(streamer);
      }
      v1::Signal signal;
      if (one.is_hint || !FillSignal(one.signal, &signal)) {
        report->set_poll_now(true);
      } else if (one.terms.empty()) {
        *report->add_signals() = std::move(signal);
      } else {
        v1::FoundPost& found = *report->add_found();
        *found.mutable_signal() = std::move(signal);
        for (const std::string& term : one.terms) found.add_terms(term);
      }
    }
  }
  const std::vector<bool> settled = SubmitAll(reports);
  for (size_t i = 0; i < reports.size(); ++i) {
    if (settled[i]) {
      CountPushed(*reports[i]);
    } else if (streamers[i]->IsOfApp()) {
      for (const v1::FoundPost& found : reports[i]->found()) {
        for (const std::string& term : found.terms()) OweSearch(reports[i]->account_id(), term);
      }
    } else {
      OwePoll(reports[i]->account_id());
    }
  }
  for (auto& [streamer, cursors] : worker_cursors_) cursors.first = cursors.second;
}

std::vector<bool> StreamKeeper::SubmitAll(std::vector<std::shared_ptr<v1::PushReport>> reports) {
  auto answers = std::make_shared<Answers>(reports.size());
  const absl::Time deadline = clock_.Now() + kAnswerTimeMax;
  const auto answer = [answers](size_t i, Status status) {
    std::lock_guard lock(answers->mutex);
    answers->statuses[i] = std::move(status);
    --answers->waiting;
    answers->changed.notify_all();
  };
  std::vector<ledger::Input> inputs;  // for accounts of other owners
  std::vector<size_t> places;
  for (size_t i = 0; i < reports.size(); ++i) {
    if (elsewhere_ && !Owns(reports[i]->account_id())) {
      inputs.push_back(InputOf(reports[i]));
      places.push_back(i);
    } else {
      ledger_->Submit(InputOf(reports[i]), deadline, [answer, i](ledger::Answer given) { answer(i, std::move(given.status)); });
    }
  }
  if (!inputs.empty()) {
    const std::vector<ledger::Answer> given = elsewhere_(std::move(inputs), deadline);
    for (size_t at = 0; at < places.size(); ++at) answer(places[at], given[at].status);
  }
  std::unique_lock lock(answers->mutex);
  answers->changed.wait_for(lock, absl::ToChronoMilliseconds(kAnswerTimeMax + kAnswerSlack),
                            [&] { return answers->waiting == 0; });
  std::vector<bool> settled;
  for (const std::optional<Status>& status : answers->statuses) {
    // Connected no more: nobody waits for it. Anything else, NOT_OWNER too, is tried again while the account is ours.
    settled.push_back(status && (status->ok() || ReasonOf(*status) == "NOT_CONNECTED"));
    if (status && !status->ok()) {
      observe::Debug("what a stream brought was not taken", {{"error", ToString(*status)}});
    }
  }
  return settled;
}

}  // namespace carillon::listener
