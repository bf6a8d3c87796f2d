import ArgumentParser
import Foundation
import ImageModels
import Layers
import Learning
import TensorCore

/// `latent-bench resnet`: training and predicting with a ResNet, both sides.
struct ResNetRates: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resnet",
    abstract: "A ResNet on synthetic images: images per second in training and prediction.",
    discussion: """
      A training step is the forward pass, cross-entropy, the backward pass and a step of AdamW; a \
      prediction computes the logits. Both run in float32 and bfloat16, predictions also with \
      8-bit integers (int8). On both sides the best of a turn's rounds counts, for the peer that \
      of its best setting for each precision, and the medians over turns are compared. Peers: \
      --peer "python ../shared/peers/torch_resnet.py", or openvino_resnet.py with --predictions.
      """)

  @Option(help: "The network: resnet18, resnet34 or resnet50.")
  var network = "resnet18"

  @Option(help: "Height and width of the images.")
  var size = 224

  @Option(help: "Images in a training step and in the larger prediction batch.")
  var batch = 16

  @OptionGroup var sides: PeerOptions

  @Flag(help: "Measure predictions only.")
  var predictions = false

  @Option(help: "Rounds of each setting in a turn, of which the best counts.")
  var rounds = 7

  @Option(help: "Turns of each side.")
  var turns = 1

  /// A line of the peer's script.
  private struct PeerLine: Decodable {
    let peer: String
    let precision: String
    let mode: String
    let batch: Int
    let imagesPerSecond: Double
  }

  /// A line as openvino_resnet.py prints it of predictions by ResNet-18 at 224 pixels: precision, batch, images a second.
  private func plainLine(_ line: Substring) -> PeerLine? {
    let words = line.split(separator: " ")
    guard network == ResNetVariant.resnet18.rawValue, size == 224, words.count == 3,
      let batch = Int(words[1]), let rate = Double(words[2])
    else { return nil }
    return PeerLine(
      peer: "openvino", precision: String(words[0]), mode: "infer", batch: batch,
      imagesPerSecond: rate)
  }

  /// What is measured, on each side.
  private struct Setting: Hashable {
    let isTraining: Bool
    let batch: Int
    /// What is computed in; with `isQuantized` convolutions multiply integers of 8 bits.
    let precision: Precision
    var isQuantized = false

    /// As the peers' scripts call it.
    var arithmetic: String { isQuantized ? "int8" : precision.shortName }

    /// The peer's best of a turn.
    func best(of lines: [PeerLine]) -> Double? {
      lines.filter {
        $0.precision == arithmetic && $0.batch == batch
          && ($0.mode == "train") == isTraining
      }.map(\.imagesPerSecond).max()
    }

    var figure: String { "resnet.\(isTraining ? "train" : "predict").\(arithmetic)" }

    /// The ratio to a peer that the project is held to.
    func bar(against peer: String) -> Report.Bar {
      guard isTraining else {
        guard peer == "openvino" else { return .atLeast(1.2) }
        if isQuantized { return .atLeast(0.9) }
        return .atLeast(precision == .bfloat16 ? 1.05 : batch == 1 ? 1.1 : 1.3)
      }
      return .atLeast(precision == .float32 ? 36 / 31.7 : 70 / 59.6)
    }
  }

  func validate() throws {
    guard ResNetVariant(rawValue: network) != nil else {
      throw ValidationError(
        "--network must be one of "
          + "\(ResNetVariant.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard size >= 32, batch >= 2, rounds >= 1, turns >= 1 else {
      throw ValidationError(
        "--size must be at least 32, --batch at least 2, --rounds and --turns at least 1.")
    }
  }

  func run() throws {
    var settings = Precision.allCases.flatMap { precision in
      [
        Setting(isTraining: true, batch: batch, precision: precision),
        Setting(isTraining: false, batch: batch, precision: precision),
        Setting(isTraining: false, batch: 1, precision: precision),
      ]
    }
    settings += [batch, 1].map {
      Setting(isTraining: false, batch: $0, precision: .float32, isQuantized: true)
    }
    if predictions { settings.removeAll(where: \.isTraining) }
    var rates: [Setting: [Double]] = [:]
    var peerRates: [Setting: [Double]] = [:]
    var peaks: [Setting: Double] = [:]
    var peer = "torch"
    for turn in 1...turns {
      Progress.say("turn \(turn) of \(turns)")
      let lines = try sides.run(
        ["--threads", "\(sides.threads)", "--arch", network, "--size", "\(size)"],
        as: PeerLine.self, plain: plainLine)
      if let name = lines.first?.peer { peer = name }
      for setting in settings {
        if let best = setting.best(of: lines) { peerRates[setting, default: []].append(best) }
        let (precision, notice) = setting.precision.available
        if let notice { Progress.say("\(setting.figure): \(notice)") }
        rates[setting, default: []].append(try measure(setting, precision).max() ?? 0)
        peaks[setting] = Double(TensorMemory.report.peak)
      }
    }
    for setting in settings {
      try report(
        setting, rates[setting] ?? [], peak: peaks[setting] ?? 0,
        peer: peerRates[setting].map { (peer, Samples($0)) })
    }
  }

  private func report(
    _ setting: Setting, _ rates: [Double], peak: Double,
    peer: (name: String, samples: Samples)?
  ) throws {
    let report = Report(conditions: [
      "network": network, "size": String(size), "batch": String(setting.batch),
      "threads": String(sides.threads),
      "computedIn": setting.precision.available.precision.rawValue,
    ])
    try report.compare(
      setting.figure, Samples(rates), with: peer.map { [$0] } ?? [], unit: "images/s",
      bar: peer.map { setting.bar(against: $0.name) })
    if setting.isTraining {
      try report.write("\(setting.figure).memory", Samples([peak / 1e6]), unit: "MB")
    }
  }

  /// Images a second of each round.
  private func measure(_ setting: Setting, _ precision: Precision) throws -> [Double] {
    var random = RandomStream(seed: 1, stream: 0)
    let variant = ResNetVariant(rawValue: network) ?? .resnet18
    let model = ResNet(variant, classCount: 1000, random: &random)
    let images = Tensor([setting.batch, 3, size, size]) { random.fillNormal($0) }
    let classes = (0..<setting.batch).map { _ in random.next(below: 1000) }
    let optimizer = AdamW([ParameterGroup("all", of: model)], options: AdamW.Options())
    let context = ComputeContext(threadCount: sides.threads, precision: precision)
    var predictor = setting.isTraining ? nil : Predictor(model, context: context)
    if setting.isQuantized, let precise = predictor {
      predictor = try Predictor(
        model, context: context, quantizedBy: try precise.ranges(on: [images]))
    }
    TensorMemory.releaseFree()
    TensorMemory.resetPeak()
    // Of predictions 32 images a round, as OpenVINO's script has it.
    let steps = setting.isTraining ? 1 : max(1, 32 / setting.batch)
    return try (0..<rounds).map { round in
      let (_, seconds) = try timed {
        for _ in 0..<steps {
          if let predictor {
            _ = try predictor(images)
          } else {
            try train(model, optimizer, images, classes, context)
          }
        }
      }
      let rate = Double(steps * setting.batch) / seconds
      Progress.say("\(setting.figure), \(setting.batch) at a time, round \(round + 1): \(rate)/s")
      return rate
    }
  }

  private func train(
    _ model: ResNet, _ optimizer: AdamW, _ images: Tensor, _ classes: [UInt32],
    _ context: ComputeContext
  ) throws {
    try context.run {
      let pass = ForwardPass(isTraining: true, context: context)
      let logits = try model(Variable(images), in: pass)
      try pass.computeGradients(of: pass.tape.crossEntropy(logits, classes: classes))
      optimizer.step(rates: [1e-3], momentum: 0.9)
    }
  }
}

extension Precision {
  /// As the peer's script calls it.
  fileprivate var shortName: String {
    switch self {
    case .float32: "f32"
    case .bfloat16: "bf16"
    }
  }
}
