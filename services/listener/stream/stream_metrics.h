// The metrics of streams. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include "carillon/listener/v1/internal.pb.h"

namespace carillon::listener {

prometheus::Gauge& StreamsOpen();
prometheus::Counter& StreamsEnded();
// Texts that were no texts of their stream.
prometheus::Counter& StreamTextsBad();
// Texts that found the queue full: their accounts are polled instead.
prometheus::Counter& StreamTextsDropped();
// Of the apps whose webhooks this process keeps: accounts by whether the platform pushes about them, and addresses that it does not push to.
prometheus::Gauge& WebhookAccountsSubscribed();
prometheus::Gauge& WebhookAccountsFailed();
prometheus::Gauge& WebhooksInvalid();
// What a committed report brought, by kind.
void CountPushed(const v1::PushReport& report);

}  // namespace carillon::listener
