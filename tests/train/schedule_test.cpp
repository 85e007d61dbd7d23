#include "train/schedule.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace brenier::train {

TEST(Schedule, ConstantIsOne) {
  const ScheduleSettings constant;
  EXPECT_EQ(schedule_factor(constant, 0, 10), 1.0);
  EXPECT_EQ(schedule_factor(constant, 9, 10), 1.0);
}

TEST(Schedule, WarmUpRisesLinearlyToOne) {
  ScheduleSettings settings;
  settings.warmup_steps = 4;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 0, 10), 0.25);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 2, 10), 0.75);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 3, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 4, 10), 1.0);
}

TEST(Schedule, CosineStartsAtOneHalvesInTheMiddleAndEndsAtItsFloor) {
  ScheduleSettings settings;
  settings.kind = "cosine";
  settings.final_factor = 0.2;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 0, 101), 1.0);
  EXPECT_NEAR(schedule_factor(settings, 50, 101), 0.6, 1e-12);
  EXPECT_NEAR(schedule_factor(settings, 100, 101), 0.2, 1e-12);
}

TEST(Schedule, CosineDecaysAfterTheWarmUpOnly) {
  ScheduleSettings settings;
  settings.kind = "cosine";
  settings.warmup_steps = 10;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 10, 111), 1.0);
  EXPECT_NEAR(schedule_factor(settings, 60, 111), 0.5, 1e-12);
  EXPECT_NEAR(schedule_factor(settings, 110, 111), 0.0, 1e-12);
}

TEST(Schedule, LinearFallsByEqualSteps) {
  ScheduleSettings settings;
  settings.kind = "linear";
  settings.final_factor = 0.0;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 0, 5), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 1, 5), 0.75);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 4, 5), 0.0);
}

TEST(Schedule, StepMultipliesEveryFewSteps) {
  ScheduleSettings settings;
  settings.kind = "step";
  settings.gamma = 0.1;
  settings.every = 3;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 2, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 3, 10), 0.1);
  EXPECT_NEAR(schedule_factor(settings, 6, 10), 0.01, 1e-15);
}

TEST(Schedule, OneStepAndAllWarmUpAreNoDivisionByZero) {
  ScheduleSettings settings;
  settings.kind = "cosine";
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 0, 1), 1.0);
  settings.warmup_steps = 5;
  EXPECT_DOUBLE_EQ(schedule_factor(settings, 4, 5), 1.0);
}

TEST(Schedule, StaysInTheUnitInterval) {
  for (const char* kind : {"constant", "cosine", "linear", "step"}) {
    ScheduleSettings settings;
    settings.kind = kind;
    settings.warmup_steps = 7;
    for (std::int64_t step = 0; step < 50; ++step) {
      const double factor = schedule_factor(settings, step, 50);
      EXPECT_GE(factor, 0.0) << kind << " " << step;
      EXPECT_LE(factor, 1.0) << kind << " " << step;
    }
  }
}

TEST(Schedule, RefusesAStepOutsideTheStage) {
  EXPECT_THROW((void)schedule_factor({}, 10, 10), Error);
  EXPECT_THROW((void)schedule_factor({}, -1, 10), Error);
}

}  // namespace brenier::train
