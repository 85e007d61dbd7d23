#include "core/interrupt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/core/throws.h"

namespace brenier::tests {

TEST(InterruptGuard, FirstSignalSetsTheFlag) {
  for (const auto& [signal, name] : {std::pair(SIGINT, "SIGINT"), std::pair(SIGTERM, "SIGTERM")}) {
    const InterruptGuard guard;
    EXPECT_FALSE(guard.requested());
    EXPECT_EQ(guard.signal_name(), "");
    std::raise(signal);
    EXPECT_TRUE(guard.requested());
    EXPECT_EQ(guard.signal_name(), name);
    EXPECT_EQ(error_text(ErrorKind::kInterrupted, [&] { guard.stop("training"); }),
              std::string("training was stopped by ") + name);
  }
}

TEST(InterruptGuard, FlagIsClearAfterTheGuard) {
  {
    const InterruptGuard guard;
    std::raise(SIGINT);
  }
  const InterruptGuard next;
  EXPECT_FALSE(next.requested());
}

TEST(InterruptGuard, SecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptGuard, HandlersArePutBackByTheOutermostGuard) {
  const auto handler_of = [](int signal) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    return action.sa_handler;
  };
  const auto before = handler_of(SIGINT);
  {
    const InterruptGuard outer;
    {
      const InterruptGuard inner;
      std::raise(SIGTERM);
    }
    EXPECT_TRUE(outer.requested());
    EXPECT_NE(handler_of(SIGINT), before);
  }
  EXPECT_EQ(handler_of(SIGINT), before);
}

TEST(InterruptGuard, IgnoredSignalStaysIgnored) {
  const auto before = std::signal(SIGINT, SIG_IGN);
  {
    const InterruptGuard guard;
    std::raise(SIGINT);
    EXPECT_FALSE(guard.requested());
  }
  std::signal(SIGINT, before);
}

}  // namespace brenier::tests
