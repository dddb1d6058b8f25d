/** The full names of the services in {@link SCHEMA}. */
export const SERVICE = 'google.internal.prodx.mon.v1.MonitoringService';
export const PARTS_SERVICE = 'ts_mon.proto.Parts';

const monitoring = {
  MonitoringService: {
    methods: {
      Insert: {
        requestType: 'MonitoringInsertRequest',
        responseType: 'MonitoringInsertResponse',
        comment: 'Writes the values of metrics.',
      },
    },
  },
  MonitoringInsertRequest: {
    // A MetricsPayload. Bytes are encoded in the same way, and allow the payload to be serialised in parts.
    fields: { payload: { type: 'bytes', id: 2 } },
  },
  MonitoringInsertResponse: {
    fields: { responseStatus: { type: 'google.rpc.Status', id: 1 } },
  },
};

const status = {
  Status: {
    fields: { code: { type: 'int32', id: 1 }, message: { type: 'string', id: 2 } },
  },
};

const timestamp = {
  Timestamp: {
    fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } },
  },
};

const metrics = {
  // Never called. It exists because proto-loader serialises only the messages of methods.
  Parts: {
    methods: {
      Serialize: { requestType: 'MetricsPayload', responseType: 'MetricsPayload', comment: '' },
    },
  },
  MetricsPayload: {
    fields: { metricsCollection: { rule: 'repeated', type: 'MetricsCollection', id: 1 } },
  },
  MetricsCollection: {
    fields: {
      metricsDataSet: { rule: 'repeated', type: 'MetricsDataSet', id: 1 },
      rootLabels: { rule: 'repeated', type: 'RootLabels', id: 2 },
    },
    nested: {
      RootLabels: {
        oneofs: { value: { oneof: ['stringValue', 'int64Value', 'boolValue'] } },
        fields: {
          key: { type: 'string', id: 1 },
          stringValue: { type: 'string', id: 2 },
          int64Value: { type: 'int64', id: 3 },
          boolValue: { type: 'bool', id: 4 },
        },
      },
    },
  },
  StreamKind: { values: { GAUGE: 0, CUMULATIVE: 1 } },
  ValueType: { values: { BOOL: 0, STRING: 1, INT64: 2, DOUBLE: 3, DISTRIBUTION: 4 } },
  MetricsDataSet: {
    fields: {
      metricName: { type: 'string', id: 1 },
      fieldDescriptor: { rule: 'repeated', type: 'MetricFieldDescriptor', id: 2 },
      streamKind: { type: 'StreamKind', id: 3 },
      valueType: { type: 'ValueType', id: 4 },
      description: { type: 'string', id: 5 },
      annotations: { type: 'Annotations', id: 6 },
      data: { rule: 'repeated', type: 'MetricsData', id: 7 },
    },
    nested: {
      MetricFieldDescriptor: {
        fields: { name: { type: 'string', id: 1 }, fieldType: { type: 'FieldType', id: 2 } },
        nested: { FieldType: { values: { STRING: 0, INT64: 1, BOOL: 2 } } },
      },
    },
  },
  Annotations: {
    fields: { unit: { type: 'string', id: 1 }, timestamp: { type: 'bool', id: 2 } },
  },
  MetricsData: {
    oneofs: {
      value: {
        oneof: ['boolValue', 'stringValue', 'int64Value', 'doubleValue', 'distributionValue'],
      },
    },
    fields: {
      boolValue: { type: 'bool', id: 1 },
      stringValue: { type: 'string', id: 2 },
      int64Value: { type: 'int64', id: 3 },
      doubleValue: { type: 'double', id: 4 },
      distributionValue: { type: 'Distribution', id: 5 },
      field: { rule: 'repeated', type: 'MetricField', id: 6 },
      startTimestamp: { type: 'google.protobuf.Timestamp', id: 7 },
      endTimestamp: { type: 'google.protobuf.Timestamp', id: 8 },
    },
    nested: {
      MetricField: {
        oneofs: { value: { oneof: ['stringValue', 'int64Value', 'boolValue'] } },
        fields: {
          name: { type: 'string', id: 1 },
          stringValue: { type: 'string', id: 2 },
          int64Value: { type: 'int64', id: 3 },
          boolValue: { type: 'bool', id: 4 },
        },
      },
      Distribution: {
        oneofs: { bucketOptions: { oneof: ['linearBuckets', 'exponentialBuckets'] } },
        fields: {
          count: { type: 'int64', id: 1 },
          mean: { type: 'double', id: 2 },
          linearBuckets: { type: 'LinearOptions', id: 6 },
          exponentialBuckets: { type: 'ExponentialOptions', id: 7 },
          bucketCount: { rule: 'repeated', type: 'int64', id: 9, options: { packed: true } },
        },
        nested: {
          LinearOptions: {
            fields: {
              numFiniteBuckets: { type: 'int32', id: 1 },
              width: { type: 'double', id: 2 },
              offset: { type: 'double', id: 3 },
            },
          },
          ExponentialOptions: {
            fields: {
              numFiniteBuckets: { type: 'int32', id: 1 },
              growthFactor: { type: 'double', id: 2 },
              scale: { type: 'double', id: 3 },
            },
          },
        },
      },
    },
  },
};

/**
 * The service of ProdX and its messages in the JSON form of protobufjs. It has the messages that LUCI's clients use, without the
 * fields that are not used here.
 */
export const SCHEMA = {
  nested: {
    google: {
      nested: {
        internal: {
          nested: { prodx: { nested: { mon: { nested: { v1: { nested: monitoring } } } } } },
        },
        rpc: { nested: status },
        protobuf: { nested: timestamp },
      },
    },
    ts_mon: { nested: { proto: { nested: metrics } } },
  },
};
