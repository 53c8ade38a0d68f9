// The ids of everything the listener owns: derived from what is unique, so that a repeat is the
// same thing. All live with their account. Pure.
#pragma once

#include <string>
#include <string_view>

#include "carillon/listener/v1/listener.pb.h"
#include "common/base/ids.h"

namespace carillon::listener {

inline std::string CollectionId(std::string_view account_id) {
  return MakeId("coll", {account_id}, account_id);
}

inline std::string TrackedPostId(std::string_view account_id, std::string_view remote_id) {
  return MakeId("trk", {account_id, remote_id}, account_id);
}

inline std::string InboxItemId(std::string_view account_id, std::string_view status_remote_id) {
  return MakeId("item", {account_id, "status", status_remote_id}, account_id);
}

// "mention", "reply", ...: stable, part of signal ids and metric labels.
inline std::string_view KindName(v1::SignalKind kind) {
  switch (kind) {
    case v1::SIGNAL_KIND_MENTION: return "mention";
    case v1::SIGNAL_KIND_REPLY: return "reply";
    case v1::SIGNAL_KIND_FAVOURITE: return "favourite";
    case v1::SIGNAL_KIND_BOOST: return "boost";
    case v1::SIGNAL_KIND_FOLLOW: return "follow";
    case v1::SIGNAL_KIND_DIRECT_MESSAGE: return "direct_message";
    case v1::SIGNAL_KIND_KEYWORD: return "keyword";
    default: return "unspecified";
  }
}

inline std::string SignalId(std::string_view account_id, v1::SignalKind kind,
                            std::string_view remote_id) {
  return MakeId("sig", {account_id, KindName(kind), remote_id}, account_id);
}

inline std::string DeliveryId(std::string_view item_id, std::string_view request_id,
                              std::string_view account_id) {
  return MakeId("dlv", {item_id, request_id}, account_id);
}

}  // namespace carillon::listener
