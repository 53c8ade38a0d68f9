// From what a Collector gives to what a report carries: texts are valid UTF-8 and cut to their
// maximum. Pure.
#pragma once

#include "carillon/listener/v1/internal.pb.h"
#include "common/platform/collector.h"

namespace carillon::listener {

// False if it has no usable id: then it is no signal.
bool FillSignal(const platform::Signal& from, v1::Signal* to);
void FillSample(const platform::MetricSnapshot& from, v1::PostSample* to);

}  // namespace carillon::listener
