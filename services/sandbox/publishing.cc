#include "services/sandbox/publishing.h"

#include "services/sandbox/random.h"

namespace carillon::sandbox {
namespace {

using http::ServerResponse;

class Play {
 public:
  Play(Platform* platform, Shared* shared, std::shared_ptr<Attempt> attempt)
      : platform_(platform), shared_(shared), attempt_(std::move(attempt)) {}

  ServerResponse Run() const {
    if (Take("refuse")) {
      ++platform_->counts.refused_validation;
      shared_->faults.RecordKey("refuse", attempt_->key);
      return attempt_->Refused();
    }
    if (Take("withhold")) return Withhold();
    if (auto fault = Take("rate_limit")) {
      ++platform_->counts.refused_rate_limit;
      return attempt_->RateLimited(shared_->clock->Now() + fault->reset);
    }
    if (auto fault = Take("unauthorized")) {
      ++platform_->counts.refused_unauthorized;
      return attempt_->Unauthorized(*fault);
    }
    if (Take("error_before")) {
      ++platform_->counts.refused_fault;
      return attempt_->Unavailable();
    }
    if (auto fault = Take("accept_late")) return AcceptLate(*fault);
    if (auto fault = Take("slow")) {
      ServerResponse response;
      response.delay = fault->delay;
      response.then = [play = *this] { return play.Accept(); };
      return response;
    }
    return Accept();
  }

 private:
  std::optional<Fault> Take(std::string_view kind) const {
    return shared_->faults.Take(kind, {platform_->name(), attempt_->account, attempt_->text, std::string_view(attempt_->step)});
  }

  static ServerResponse Closed() {
    ServerResponse response;
    response.close_without_answer = true;
    return response;
  }

  void Withheld(std::string_view fault, const Attempt::Outcome& outcome) const {
    for (const std::string& post : outcome.posts) {
      if (outcome.kind == Attempt::Kind::kCreated) shared_->truth.Hide(post);
      shared_->faults.RecordPost(fault, post);
    }
  }

  // Decides, and then plays the faults that come after the decision. `posts` is told which posts it became.
  ServerResponse Accept(std::vector<std::string>* posts = nullptr) const {
    const bool honour_key =
        !attempt_->has_idempotency_keys || !Take("ignore_idempotency_key").has_value();
    Attempt::Outcome outcome = attempt_->Accept(honour_key);
    if (outcome.kind == Attempt::Kind::kRefused) {
      ++platform_->counts.refused_validation;
      return std::move(outcome.answer);
    }
    if (posts != nullptr) *posts = outcome.posts;
    Count(outcome, honour_key);
    if (Take("drop_after_accept")) {
      Withheld("drop_after_accept", outcome);
      return Closed();
    }
    if (attempt_->request_number > 1 && Take("close_reused")) {
      Withheld("close_reused", outcome);
      return Closed();
    }
    if (Take("error_after")) {
      Withheld("error_after", outcome);
      return attempt_->Unavailable();
    }
    for (const std::string& post : outcome.posts) shared_->truth.Show(post);
    return std::move(outcome.answer);
  }

  void Count(const Attempt::Outcome& outcome, bool honour_key) const {
    for (const std::string& post : outcome.posts) {
      if (!honour_key) shared_->faults.RecordPost("ignore_idempotency_key", post);
      if (outcome.kind == Attempt::Kind::kReplayed) ++platform_->counts.replayed;
      if (outcome.kind == Attempt::Kind::kCreated) {
        ++platform_->counts.accepted;
        attempt_->Engage(post);
      }
    }
  }

  // Held and accepted after the delay; with `close`, the connection is closed at once and nobody hears of it.
  ServerResponse AcceptLate(const Fault& fault) const {
    auto accept = [play = *this, is_closed = fault.close] {
      std::vector<std::string> posts;
      ServerResponse late = play.Accept(&posts);
      for (const std::string& post : posts) {
        play.shared_->faults.RecordPost("accept_late", post);
        if (is_closed) play.shared_->truth.Hide(post);
      }
      return late;
    };
    if (fault.close) {
      shared_->timers.After(fault.delay, accept);
      return Closed();
    }
    ServerResponse response;
    response.delay = fault.delay;
    response.then = accept;
    return response;
  }

  // Whether it was accepted follows from seed and key, and no answer or look-up will ever tell.
  ServerResponse Withhold() const {
    const bool is_new = shared_->faults.RecordKey("withhold", attempt_->key);
    shared_->faults.Silence(platform_->name(), attempt_->account);
    Random coin(HashWords(shared_->seed, {attempt_->key}));
    if (!is_new || coin.Below(2) == 0) return Closed();
    const Attempt::Outcome outcome = attempt_->Accept(true);
    if (outcome.kind == Attempt::Kind::kRefused) return Closed();
    if (outcome.kind == Attempt::Kind::kCreated)
      platform_->counts.accepted += static_cast<int64_t>(outcome.posts.size());
    Withheld("withhold", outcome);
    return Closed();
  }

  Platform* platform_;
  Shared* shared_;
  std::shared_ptr<Attempt> attempt_;
};

}  // namespace

ServerResponse Publish(Platform* platform, Shared* shared, std::shared_ptr<Attempt> attempt) {
  return Play(platform, shared, std::move(attempt)).Run();
}

}  // namespace carillon::sandbox
