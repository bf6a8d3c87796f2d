// swift-tools-version: 6.2
import PackageDescription

// The processor the numeric code is compiled for. x86-64-v3 (AVX2 and FMA) makes the training and
// scoring loops 5 to 6 times faster than plain x86-64; `latent` checks for it at start. Set
// LATENT_MARCH to another name that clang knows ("native", "x86-64"), or to "none" for the
// compiler's default. Square roots set no errno: else vectors of them are taken number by number.
#if arch(x86_64)
  let defaultProcessor = "x86-64-v3"
#else
  let defaultProcessor = "none"
#endif
let processor = Context.environment["LATENT_MARCH"] ?? defaultProcessor

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]
let numeric: [SwiftSetting] =
  strict
  + (processor == "none"
    ? [] : [.unsafeFlags(["-Xcc", "-march=\(processor)", "-Xcc", "-fno-math-errno"])])

let package = Package(
  name: "latent",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "latent", targets: ["latent"]),
    .executable(name: "latent-bench", targets: ["latent-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries: each is imported by exactly one Swift target.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    // It comes without a file for pkg-config.
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CProcessor"),
    .target(name: "CArguments"),

    // Errors: what every module's errors say.
    .target(name: "ExplainedErrors", swiftSettings: strict),

    // Ratings: the vocabulary, the stores, the files they are read from.
    .target(
      name: "Ratings",
      dependencies: ["ExplainedErrors", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(
      name: "RatingsSQLite",
      dependencies: [
        "ExplainedErrors", "Ratings",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      resources: [.embedInCode("Migrations")],
      swiftSettings: strict),
    .target(
      name: "RatingsPostgres", dependencies: ["ExplainedErrors", "Ratings", "CPostgres"],
      resources: [.embedInCode("Migrations")],
      swiftSettings: strict),
    .target(
      name: "RatingsFiles", dependencies: ["ExplainedErrors", "Ratings"], swiftSettings: strict),
    .target(
      name: "Interactions",
      dependencies: [
        "ExplainedErrors", "Ratings", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: numeric),

    // Numbers: tensors, layers, the learning loop, the trainers.
    .target(
      name: "TensorCore", dependencies: ["COneDNN", "COpenBLAS", "CProcessor", "ExplainedErrors"],
      swiftSettings: numeric),
    .target(name: "Layers", dependencies: ["TensorCore"], swiftSettings: numeric),
    .target(
      name: "Learning", dependencies: ["ExplainedErrors", "Layers", "TensorCore"],
      swiftSettings: numeric),
    .target(name: "Plots", dependencies: ["ExplainedErrors", "Learning"], swiftSettings: strict),
    .target(
      name: "Factorization",
      dependencies: [
        "CProcessor", "ExplainedErrors", "FactorModels", "Interactions", "Layers", "Learning",
        "Ratings", "TensorCore",
      ],
      swiftSettings: numeric),

    // Models: the file, what it means, what it answers, how it is judged and published.
    .target(
      name: "ModelFiles",
      dependencies: [
        "ExplainedErrors", "Ratings", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Checkpoints",
      dependencies: [
        "ExplainedErrors", "Learning", "ModelFiles", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "FactorModels",
      dependencies: ["ExplainedErrors", "ModelFiles", "Ratings", "TensorCore"],
      swiftSettings: numeric),
    .target(
      name: "ImageModels", dependencies: ["ExplainedErrors", "Layers", "ModelFiles", "TensorCore"],
      swiftSettings: numeric),
    .target(
      name: "Recommending", dependencies: ["ExplainedErrors", "FactorModels", "Ratings"],
      swiftSettings: numeric),
    .target(
      name: "Evaluation",
      dependencies: ["FactorModels", "Interactions", "Ratings", "Recommending"],
      swiftSettings: numeric),
    .target(
      name: "Publishing",
      dependencies: ["Evaluation", "ExplainedErrors", "FactorModels", "ModelFiles", "Ratings"],
      swiftSettings: strict),

    // Serving.
    .target(
      name: "LineProtocol",
      dependencies: ["Ratings", .product(name: "NIOCore", package: "swift-nio")],
      swiftSettings: strict),
    .target(
      name: "Daemon",
      dependencies: [
        "ExplainedErrors", "FactorModels", "LineProtocol", "ModelFiles", "Ratings", "Recommending",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Programs.
    .executableTarget(
      name: "latent",
      dependencies: [
        "CArguments", "CProcessor", "Checkpoints", "Daemon", "Evaluation", "ExplainedErrors",
        "FactorModels", "Factorization", "Interactions", "Learning", "ModelFiles", "Plots",
        "Publishing", "Ratings", "RatingsFiles", "RatingsPostgres", "RatingsSQLite", "Recommending",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "latent-bench",
      dependencies: [
        "FactorModels", "Factorization", "ImageModels", "Interactions", "Layers", "Learning",
        "ModelFiles", "Publishing", "Ratings", "RatingsFiles", "RatingsPostgres", "RatingsSQLite",
        "Recommending", "TensorCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests: one target a module, what they share, and the whole program from outside.
    .target(
      name: "TestEnvironment", dependencies: ["RatingsPostgres"], path: "Tests/TestEnvironment",
      swiftSettings: strict),
    .testTarget(
      name: "ExplainedErrorsTests", dependencies: ["ExplainedErrors"], swiftSettings: strict),
    .testTarget(
      name: "RatingsTests", dependencies: ["ExplainedErrors", "Ratings", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "RatingsStoreTests",
      dependencies: [
        "ExplainedErrors", "Ratings", "RatingsPostgres", "RatingsSQLite", "TestEnvironment",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RatingsFilesTests",
      dependencies: [
        "ExplainedErrors", "Ratings", "RatingsFiles", "RatingsSQLite", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "InteractionsTests",
      dependencies: ["ExplainedErrors", "Interactions", "Ratings", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "TensorCoreTests", dependencies: ["ExplainedErrors", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "LearningTests",
      dependencies: ["ExplainedErrors", "Layers", "Learning", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: [
        "Checkpoints", "ExplainedErrors", "Learning", "ModelFiles", "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PlotsTests",
      dependencies: ["ExplainedErrors", "Learning", "Plots", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "FactorizationTests",
      dependencies: [
        "ExplainedErrors", "FactorModels", "Factorization", "Interactions", "Layers", "Learning",
        "ModelFiles", "Ratings",
        "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: ["ExplainedErrors", "ModelFiles", "Ratings", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "ImageModelsTests",
      dependencies: [
        "ExplainedErrors", "ImageModels", "Layers", "ModelFiles", "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FactorModelsTests",
      dependencies: [
        "ExplainedErrors", "FactorModels", "ModelFiles", "Ratings", "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RecommendingTests",
      dependencies: [
        "ExplainedErrors", "FactorModels", "ModelFiles", "Ratings", "Recommending",
        "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "FactorModels", "Interactions", "ModelFiles", "Ratings", "Recommending",
        "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PublishingTests",
      dependencies: [
        "Evaluation", "ExplainedErrors", "FactorModels", "ModelFiles", "Publishing", "Ratings",
        "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LineProtocolTests",
      dependencies: [
        "LineProtocol", "TestEnvironment",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DaemonTests",
      dependencies: [
        "Daemon", "ExplainedErrors", "FactorModels", "LineProtocol", "ModelFiles", "Ratings",
        "TestEnvironment",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "FactorModels", "ModelFiles", "Publishing", "Ratings", "RatingsPostgres", "RatingsSQLite",
        "TestEnvironment", "latent", "latent-bench", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ProjectTests", dependencies: ["TestEnvironment"], swiftSettings: strict),
  ]
)
