// The Collector for X: its API v2 with a lent access token. Errors are those of api.h. Stateless and thread-safe.
//
// Signals are mentions, which replies are too; likes, reposts and followers X tells only by pushes or by asking post by post. A page has
// at least 5 posts, whatever fewer is asked for: X gives no smaller ones. No post is fetched twice, for X charges for each.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/platform/collector.h"
#include "common/platform/facts.h"

namespace carillon::x {

// `client`, `clock` and `facts` must outlive the collector.
std::unique_ptr<platform::Collector> MakeCollector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts);

}  // namespace carillon::x
