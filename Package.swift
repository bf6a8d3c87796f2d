// swift-tools-version: 6.2
import PackageDescription

// The processor that numeric code is compiled for. With x86-64-v3 (AVX2 and FMA), training and scoring loops run 5 to 6
// times faster than with plain x86-64; `latent` checks for it at startup. Set LATENT_MARCH to another name that clang
// knows ("native", "x86-64"), or to "none" for the compiler's default. Square roots do not set errno, because otherwise
// they would not be vectorised.
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
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C libraries: each is imported by exactly one Swift target.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    // oneDNN has no pkg-config file.
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CSPNG", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CProcessor"),
    .target(name: "CArguments"),

    // Errors: the parts common to all modules' errors.
    .target(name: "Errors", swiftSettings: strict),

    // Ratings: the vocabulary, the stores, and the files they are read from.
    .target(
      name: "Ratings",
      dependencies: ["Errors", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(
      name: "RatingsSQLite",
      dependencies: [
        "Errors", "Ratings",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      resources: [.embedInCode("Migrations")],
      swiftSettings: strict),
    .target(
      name: "RatingsPostgres", dependencies: ["Errors", "Ratings", "CPostgres"],
      resources: [.embedInCode("Migrations")],
      swiftSettings: strict),
    .target(
      name: "RatingsFiles",
      dependencies: [
        "CZlib", "CZstd", "Errors", "Ratings", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Interactions",
      dependencies: ["Errors", "Ratings", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: numeric),

    // Numbers: tensors, layers, the learning loop.
    .target(
      name: "TensorCore", dependencies: ["COneDNN", "COpenBLAS", "CProcessor", "Errors"],
      swiftSettings: numeric),
    .target(name: "Layers", dependencies: ["TensorCore"], swiftSettings: numeric),
    .target(name: "ONNX", dependencies: ["Errors", "TensorCore"], swiftSettings: strict),
    .target(
      name: "Learning",
      dependencies: [
        "Errors", "Interpretation", "Layers", "ModelRegistry", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: numeric),

    // Models: the file format and its versions; queries, training, evaluation and publishing.
    .target(
      name: "ModelRegistry",
      dependencies: [
        "Errors", "TensorCore", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Recommenders",
      dependencies: [
        "Errors", "ModelRegistry", "Ratings", "TensorCore",
        .product(name: "BitCollections", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: numeric),
    .target(
      name: "Images",
      dependencies: ["CSPNG", "CTIFF", "CTurboJPEG", "CWebP", "Errors", "TensorCore"],
      swiftSettings: numeric),
    .target(
      name: "ImageData",
      dependencies: [
        "Errors", "Images", "Pages", "RatingsFiles", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: numeric),
    .target(name: "Interpretation", swiftSettings: numeric),
    .target(
      name: "ImageModels",
      dependencies: ["Errors", "Images", "Layers", "ModelRegistry", "ONNX", "TensorCore"],
      swiftSettings: numeric),
    .target(
      name: "ImageTraining",
      dependencies: [
        "Errors", "Evaluation", "ImageData", "ImageModels", "Images", "Interpretation", "Layers",
        "Learning",
        "ModelRegistry", "TensorCore", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: numeric),
    .target(
      name: "ImageReports",
      dependencies: [
        "Errors", "ImageData", "ImageModels", "Images", "Interpretation", "ModelRegistry", "Pages",
        "TensorCore",
      ],
      swiftSettings: numeric),
    .target(
      name: "Trainers",
      dependencies: [
        "CProcessor", "Errors", "Evaluation", "Interactions", "Layers", "Learning",
        "ModelRegistry", "Ratings", "Recommenders", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: numeric),
    .target(
      name: "Evaluation",
      dependencies: ["Interactions", "ModelRegistry", "Ratings", "Recommenders", "TensorCore"],
      swiftSettings: numeric),

    .target(name: "Pages", swiftSettings: strict),
    .target(
      name: "Reports",
      dependencies: [
        "Evaluation", "Interactions", "ModelRegistry", "Pages", "Ratings", "Recommenders",
      ],
      swiftSettings: strict),

    .target(
      name: "Jobs",
      dependencies: [
        "Errors", "Evaluation", "Interactions", "Learning", "ModelRegistry", "Ratings",
        "RatingsFiles",
        "Recommenders", "TensorCore", "Trainers",
      ],
      swiftSettings: strict),

    // Serving.
    .target(
      name: "LineProtocol",
      dependencies: ["Errors", .product(name: "NIOCore", package: "swift-nio")],
      swiftSettings: strict),
    .target(
      name: "Daemon",
      dependencies: [
        "Errors", "ImageModels", "Images", "LineProtocol", "ModelRegistry", "Pages", "Ratings",
        "Recommenders", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      resources: [.embedInCode("HTTP/Page/page.css"), .embedInCode("HTTP/Page/page.js")],
      swiftSettings: strict),

    // Programs.
    .executableTarget(
      name: "latent",
      dependencies: [
        "CArguments", "CProcessor", "Daemon", "Errors", "Evaluation", "ImageData", "ImageModels",
        "ImageReports", "ImageTraining", "Images", "Interactions", "Interpretation", "Jobs",
        "Learning", "LineProtocol", "ModelRegistry", "Pages", "Ratings", "RatingsFiles",
        "RatingsPostgres",
        "RatingsSQLite", "Recommenders", "Reports", "TensorCore", "Trainers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "BitCollections", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "latent-bench",
      dependencies: [
        "Errors", "Evaluation", "ImageData", "ImageModels", "ImageTraining", "Images",
        "Interactions", "Interpretation", "Jobs", "Layers", "Learning", "ModelRegistry", "Pages",
        "Ratings", "RatingsFiles", "RatingsPostgres", "RatingsSQLite", "Recommenders", "TensorCore",
        "Trainers", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests: one target per module, shared helpers, and tests of the whole program from outside.
    .target(
      name: "TestEnvironment",
      dependencies: [
        "Errors", "ModelRegistry", "RatingsPostgres", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Tests/TestEnvironment", swiftSettings: strict),
    .testTarget(
      name: "ErrorsTests", dependencies: ["Errors", "TestEnvironment"], swiftSettings: strict),
    .testTarget(
      name: "RatingsTests", dependencies: ["Errors", "Ratings"], swiftSettings: strict),
    .testTarget(
      name: "RatingsStoreTests",
      dependencies: [
        "Errors", "Ratings", "RatingsPostgres", "RatingsSQLite", "TestEnvironment",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RatingsFilesTests",
      dependencies: ["Errors", "Ratings", "RatingsFiles", "RatingsSQLite", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "InteractionsTests",
      dependencies: ["Errors", "Interactions", "Ratings", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "TensorCoreTests", dependencies: ["Errors", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "LayersTests", dependencies: ["Errors", "Layers", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "LearningTests",
      dependencies: [
        "Errors", "Layers", "Learning", "ModelRegistry", "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TrainersTests",
      dependencies: [
        "Errors", "Interactions", "Layers", "Learning", "ModelRegistry", "Ratings", "Recommenders",
        "TensorCore", "TestEnvironment", "Trainers",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ModelRegistryTests",
      dependencies: ["Errors", "ModelRegistry", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "ImagesTests", dependencies: ["Errors", "Images", "TensorCore", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "ImageDataTests", dependencies: ["Errors", "ImageData", "Images", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "InterpretationTests", dependencies: ["Interpretation", "TestEnvironment"],
      swiftSettings: strict),
    .testTarget(
      name: "ImageModelsTests",
      dependencies: [
        "Errors", "ImageModels", "Images", "Layers", "ModelRegistry", "TensorCore",
        "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ImageTrainingTests",
      dependencies: [
        "Errors", "Evaluation", "ImageData", "ImageModels", "ImageTraining", "Images",
        "Interpretation", "Layers", "Learning", "ModelRegistry", "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ImageReportsTests",
      dependencies: [
        "Errors", "ImageData", "ImageModels", "ImageReports", "Images", "Interpretation", "Layers",
        "ModelRegistry", "TensorCore", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RecommendersTests",
      dependencies: [
        "Errors", "ModelRegistry", "Ratings", "Recommenders", "TensorCore", "TestEnvironment",
        .product(name: "BitCollections", package: "swift-collections"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "Interactions", "ModelRegistry", "Ratings", "Recommenders", "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "Evaluation", "Interactions", "ModelRegistry", "Pages", "Ratings", "Recommenders",
        "Reports",
        "TestEnvironment",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "JobsTests",
      dependencies: [
        "Errors", "Evaluation", "Interactions", "Jobs", "Learning", "ModelRegistry", "Ratings",
        "RatingsSQLite", "Recommenders", "TensorCore", "TestEnvironment", "Trainers",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LineProtocolTests",
      dependencies: [
        "LineProtocol", "TestEnvironment", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "DaemonTests",
      dependencies: [
        "Daemon", "Errors", "ImageModels", "Images", "LineProtocol", "ModelRegistry", "Ratings",
        "RatingsSQLite",
        "Recommenders", "TensorCore",
        "TestEnvironment", .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "latent", "latent-bench", "ModelRegistry", "Ratings", "RatingsPostgres",
        "RatingsSQLite", "Recommenders", "TestEnvironment",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ProjectTests", dependencies: ["TestEnvironment"], swiftSettings: strict),
  ]
)
