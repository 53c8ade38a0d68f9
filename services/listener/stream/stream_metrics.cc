#include "services/listener/stream/stream_metrics.h"

#include <string>

#include "common/observe/metrics.h"
#include "services/listener/domain/ids.h"

namespace carillon::listener {
namespace {

void Count(v1::SignalKind kind) {
  observe::Counter("pushed_total", "Signals that streams brought, before those known are dropped",
                   {{"kind", std::string(KindName(kind))}})
      .Increment();
}

}  // namespace

prometheus::Gauge& StreamsOpen() {
  static auto& gauge = observe::Gauge("streams_open", "Streams that stand");
  return gauge;
}

prometheus::Counter& StreamsEnded() {
  static auto& counter = observe::Counter("streams_ended_total", "Streams that ended or could not be opened");
  return counter;
}

prometheus::Counter& StreamTextsBad() {
  static auto& counter =
      observe::Counter("stream_texts_bad_total", "Texts that were no texts of their stream");
  return counter;
}

prometheus::Counter& StreamTextsDropped() {
  static auto& counter = observe::Counter("stream_texts_dropped_total",
                                          "Texts that found the queue full; their accounts are polled instead");
  return counter;
}

prometheus::Gauge& WebhookAccountsSubscribed() {
  static auto& gauge = observe::Gauge("webhook_accounts", "Accounts whose webhooks are kept here, by whether they are subscribed",
                                      {{"state", "subscribed"}});
  return gauge;
}

prometheus::Gauge& WebhookAccountsFailed() {
  static auto& gauge = observe::Gauge("webhook_accounts", "Accounts whose webhooks are kept here, by whether they are subscribed",
                                      {{"state", "failed"}});
  return gauge;
}

prometheus::Gauge& WebhooksInvalid() {
  static auto& gauge = observe::Gauge("webhooks_invalid", "Apps whose address a platform does not push to, or cannot be asked about");
  return gauge;
}

void CountPushed(const v1::PushReport& report) {
  for (const v1::Signal& signal : report.signals()) Count(signal.kind());
  for (const v1::FoundPost& post : report.found()) Count(post.signal().kind());
}

}  // namespace carillon::listener
