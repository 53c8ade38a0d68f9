// The part of StreamKeeper that remembers what has to be asked for because a stream may have missed it.
#include "services/listener/stream/stream_keeper.h"

namespace carillon::listener {

void StreamKeeper::OwePoll(const std::string& account_id) {
  std::lock_guard lock(mutex_);
  owed_.insert(account_id);
}

void StreamKeeper::OweSearch(const std::string& account_id, const std::string& term) {
  std::lock_guard lock(mutex_);
  owed_searches_[account_id].insert(term);
}

void StreamKeeper::OweFor(platform::Streamer& streamer, const std::vector<platform::Pushed>& pushed) {
  for (const platform::Pushed& one : pushed) {
    if (!streamer.IsOfApp()) OwePoll(one.account_id);
    for (const std::string& term : one.terms) {
      if (streamer.IsOfApp()) OweSearch(one.account_id, term);
    }
  }
}

void StreamKeeper::PayOwed() {
  std::vector<std::shared_ptr<v1::PushReport>> reports;
  {
    std::lock_guard lock(mutex_);
    const auto room = [&] { return static_cast<int>(reports.size()) < options_.polls_owed_at_once; };
    for (auto account = owed_.begin(); account != owed_.end() && room(); ++account) {
      reports.push_back(std::make_shared<v1::PushReport>());
      reports.back()->set_account_id(*account);
      reports.back()->set_poll_now(true);
    }
    for (auto owed = owed_searches_.begin(); owed != owed_searches_.end() && room(); ++owed) {
      reports.push_back(std::make_shared<v1::PushReport>());
      reports.back()->set_account_id(owed->first);
      for (const std::string& term : owed->second) reports.back()->add_search_now(term);
    }
  }
  if (reports.empty()) return;
  const std::vector<bool> settled = SubmitAll(reports);
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < reports.size(); ++i) {
    if (!settled[i]) continue;
    if (reports[i]->poll_now()) owed_.erase(reports[i]->account_id());
    const auto searches = owed_searches_.find(reports[i]->account_id());
    if (searches == owed_searches_.end()) continue;
    for (const std::string& term : reports[i]->search_now()) searches->second.erase(term);
    if (searches->second.empty()) owed_searches_.erase(searches);
  }
}

}  // namespace carillon::listener
