import Pages

/// A part of fast.ai's lesson 6, reproduced with `latent`; ``LessonParts`` lists them.
protocol LessonPart: Sendable {
  /// The name of the part for `--part`.
  static var name: String { get }
  static var heading: String { get }
  /// What the lesson teaches here, in a short paragraph.
  static var teaching: String { get }
  /// Runs `latent` as an analyst would, and returns the findings. Throws ``LessonFailure``.
  static func run(_ lesson: Lesson) throws -> LessonFindings
}

/// The findings of a part of the lesson.
struct LessonFindings {
  /// The figures, as tables and plots.
  let figures: HTML
  /// The conclusion, in words generated from the figures.
  let conclusion: String
}

/// The parts of the lesson, in order. To add one, add a file in `Parts` and a line here.
enum LessonParts {
  static let all: [any LessonPart.Type] = [
    FinderPart.self, RatesPart.self, EpochsPart.self, FineTuningPart.self, DiscriminativePart.self,
    DepthPart.self, PrecisionPart.self, ThresholdsPart.self, RangePart.self, SplitsPart.self,
    ChannelsPart.self, RatingsPart.self,
  ]

  static var names: String { all.map { $0.name }.joined(separator: ", ") }
}
