#include "services/sandbox/stream_faults.h"

#include <mutex>
#include <utility>

namespace carillon::sandbox {
namespace {

class FaultyFeed : public http::WebSocketFeed, public std::enable_shared_from_this<FaultyFeed> {
 public:
  FaultyFeed(std::shared_ptr<http::WebSocketFeed> feed, Shared* shared, std::string platform,
             std::string account)
      : feed_(std::move(feed)), shared_(shared), platform_(std::move(platform)), account_(std::move(account)) {}

  void OnOpen(std::function<void()> wake) override {
    {
      std::lock_guard lock(mutex_);
      wake_ = wake;
    }
    feed_->OnOpen(std::move(wake));
  }

  std::optional<std::string> Next() override {
    if (repeat_) return std::exchange(repeat_, std::nullopt);
    if (late_) {
      std::lock_guard lock(mutex_);
      if (!late_is_due_) return std::nullopt;
      late_is_due_ = false;
      return std::exchange(late_, std::nullopt);
    }
    std::optional<std::string> text = feed_->Next();
    if (!text || text->empty()) return text;  // a sign of life is no occasion
    if (Take("stream_silence", *text)) {
      misdeed_ = Misdeed::kSilence;
      return std::nullopt;
    }
    if (Take("stream_drop", *text)) misdeed_ = Misdeed::kBreakOff;
    if (Take("stream_duplicate", *text)) repeat_ = text;
    if (const auto fault = Take("stream_late", *text)) {
      late_ = std::move(text);
      shared_->timers.After(fault->delay, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->Release();
      });
      return std::nullopt;
    }
    return text;
  }

  bool OnText(std::string_view text) override { return feed_->OnText(text); }
  void OnClose() override { feed_->OnClose(); }
  Misdeed Misbehave() override { return std::exchange(misdeed_, Misdeed::kNone); }

 private:
  std::optional<Fault> Take(std::string_view kind, const std::string& text) {
    return shared_->faults.Take(kind, {platform_, account_, text});
  }

  void Release() {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      late_is_due_ = true;
      wake = wake_;
    }
    wake();
  }

  const std::shared_ptr<http::WebSocketFeed> feed_;
  Shared* const shared_;
  const std::string platform_, account_;
  // Of the connection's strand.
  std::optional<std::string> repeat_, late_;
  Misdeed misdeed_ = Misdeed::kNone;
  std::mutex mutex_;
  std::function<void()> wake_;
  bool late_is_due_ = false;
};

}  // namespace

std::shared_ptr<http::WebSocketFeed> WithFaults(std::shared_ptr<http::WebSocketFeed> feed,
                                                Shared* shared, std::string platform,
                                                std::string account) {
  return std::make_shared<FaultyFeed>(std::move(feed), shared, std::move(platform), std::move(account));
}

}  // namespace carillon::sandbox
