import Foundation

extension Metric {
  /// The metrics of the model in service under each name.
  static var ofModels: [Metric] {
    [
      Metric("latent_model_in_service", .gauge, "Whether a version is in service: 1 or 0.") {
        $0.ofModels { Sample($1 == nil ? 0 : 1, ("model", $0)) }
      },
      Metric("latent_model_version", .gauge, "The number of the version in service.") {
        $0.ofModels { name, facts in facts.map { Sample($0.version, ("model", name)) } }
      },
      Metric(
        "latent_model_info", .gauge, "What the version in service is; always 1."
      ) {
        $0.ofModels { name, facts in
          facts.map {
            Sample(
              1, ("model", name), ("kind", $0.kind), ("predictor", $0.predictorKind ?? ""),
              ("sha256", $0.sha256 ?? ""))
          }
        }
      },
      Metric(
        "latent_model_trained_timestamp_seconds", .gauge,
        "When the training of the version in service began: time() minus this is its age."
      ) {
        $0.ofModels { name, facts in
          facts?.trainedDate.map { Sample($0.timeIntervalSince1970, ("model", name)) }
        }
      },
      Metric(
        "latent_model_in_service_timestamp_seconds", .gauge,
        "When the version in service was put in service."
      ) {
        $0.ofModels { name, facts in
          facts?.inServiceDate.map { Sample($0.timeIntervalSince1970, ("model", name)) }
        }
      },
      Metric(
        "latent_model_swaps_total", .counter, "Versions put in service after the first."
      ) { server in
        server.ofModels { name, _ in Sample(server.service.swaps[name].swaps, ("model", name)) }
      },
      Metric(
        "latent_model_swap_errors_total", .counter,
        "Versions that could not be put in service."
      ) { server in
        server.ofModels { name, _ in Sample(server.service.swaps[name].failures, ("model", name)) }
      },
      Metric(
        "latent_model_swap_failing", .gauge,
        "Whether the newest version is not in service though it should be: INFO model says why."
      ) { server in
        server.ofModels { name, _ in
          Sample(server.service.swapProblems[name] == nil ? 0 : 1, ("model", name))
        }
      },
    ]
  }
}

extension ServerInformation {
  /// Returns what `sample` makes of each served name and the model in service under it.
  fileprivate func ofModels(
    _ sample: (String, ModelFacts?) -> Metric.Sample?
  ) -> [Metric.Sample] {
    models.names.enumerated().compactMap { place, name in sample(name, models[place]?.facts) }
  }
}

extension ModelFacts {
  /// When its training began; `nil` if that can't be parsed.
  var trainedDate: Date? { try? Date(trainedAt, strategy: .iso8601) }
  /// When it was put in service; `nil` if not recorded.
  fileprivate var inServiceDate: Date? {
    inServiceSince.flatMap { try? Date($0, strategy: .iso8601) }
  }
}
