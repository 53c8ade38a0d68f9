#include "services/listener/poll/to_proto.h"

#include "common/base/clock.h"
#include "common/platform/rules.h"
#include "common/text/utf8.h"
#include "services/listener/poll/collect.h"

namespace carillon::listener {
namespace {

constexpr size_t kNameBytesMax = 300;
constexpr size_t kUrlBytesMax = 2048;

std::string Clean(const std::string& text, size_t bytes_max) {
  if (!text::IsValidUtf8(text)) return "";
  return std::string(text::Truncate(text, bytes_max));
}

v1::SignalKind KindOf(platform::SignalKind kind) {
  switch (kind) {
    case platform::SignalKind::kMention: return v1::SIGNAL_KIND_MENTION;
    case platform::SignalKind::kReply: return v1::SIGNAL_KIND_REPLY;
    case platform::SignalKind::kFavourite: return v1::SIGNAL_KIND_FAVOURITE;
    case platform::SignalKind::kBoost: return v1::SIGNAL_KIND_BOOST;
    case platform::SignalKind::kFollow: return v1::SIGNAL_KIND_FOLLOW;
    case platform::SignalKind::kDirectMessage: return v1::SIGNAL_KIND_DIRECT_MESSAGE;
    case platform::SignalKind::kKeyword: return v1::SIGNAL_KIND_KEYWORD;
  }
  return v1::SIGNAL_KIND_UNSPECIFIED;
}

}  // namespace

bool FillSignal(const platform::Signal& from, v1::Signal* to) {
  to->set_kind(KindOf(from.kind));
  to->set_remote_id(Clean(from.remote_id, kNameBytesMax));
  *to->mutable_created_at() = ToProto(from.created_at);
  to->set_author(Clean(from.author, kNameBytesMax));
  to->set_author_name(Clean(from.author_name, kNameBytesMax));
  to->set_post_remote_id(Clean(from.post_remote_id, kNameBytesMax));
  to->set_status_remote_id(Clean(from.status_remote_id, kNameBytesMax));
  to->set_status_url(Clean(from.status_url, kUrlBytesMax));
  to->set_text(Clean(from.text, kSignalTextBytesMax));
  to->set_conversation_remote_id(Clean(from.conversation_remote_id, kNameBytesMax));
  to->set_visibility(platform::VisibilityNamed(from.visibility));
  return !to->remote_id().empty();
}

void FillSample(const platform::MetricSnapshot& from, v1::PostSample* to) {
  to->set_remote_id(from.post_remote_id);
  to->set_url(Clean(from.url, kUrlBytesMax));
  *to->mutable_posted_at() = ToProto(from.posted_at);
  to->set_is_reply(from.is_reply);
  to->mutable_metrics()->set_replies(from.replies);
  to->mutable_metrics()->set_boosts(from.boosts);
  to->mutable_metrics()->set_favourites(from.favourites);
  to->mutable_metrics()->set_has_link_clicks(from.link_clicks.has_value());
  to->mutable_metrics()->set_link_clicks(from.link_clicks.value_or(0));
  if (from.impressions) to->mutable_metrics()->set_impressions(*from.impressions);
  if (from.profile_clicks) to->mutable_metrics()->set_profile_clicks(*from.profile_clicks);
}

}  // namespace carillon::listener
